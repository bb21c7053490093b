// Forms that send a file: dropped or chosen, sent with its progress shown, refusals beside their fields.
// Without this script the form is an ordinary post to the same address. Nothing here is trusted by the server.
(function () {
  "use strict";
  var TOO_LARGE = "This file is too large. Choose one of at most ";

  function all(root, selector) { return Array.prototype.slice.call(root.querySelectorAll(selector)); }
  function part(form, name) { return form.querySelector("[data-upload-" + name + "]"); }
  function fileField(form) { return form.querySelector("input[type=file]"); }

  function clear(form) {
    all(form, "[data-upload-said]").forEach(function (said) { said.remove(); });
    all(form, "[aria-invalid=true]").forEach(function (control) { control.setAttribute("aria-invalid", "false"); });
    part(form, "problem").hidden = true;
  }
  function say(form, name, sentence) {
    var control = form.elements[name];
    var note = control && document.getElementById(control.id + "-note");
    if (!note) return false;
    var said = document.createElement("p");
    said.className = "k-field-error";
    said.dataset.uploadSaid = "";
    said.textContent = sentence;
    note.appendChild(said);
    control.setAttribute("aria-invalid", "true");
    return true;
  }
  function refuse(form, answer) {
    var problems = answer.problems || {};
    var beside = Object.keys(problems).filter(function (name) { return say(form, name, problems[name]); });
    if (!beside.length) {
      var box = part(form, "problem");
      box.textContent = answer.problem;
      box.hidden = false;
    } else form.elements[beside[0]].focus();
  }
  function busy(form, on) {
    var button = form.querySelector("[type=submit]");
    button.disabled = on;
    button.setAttribute("aria-busy", on ? "true" : "false");
    part(form, "progress").hidden = !on;
    if (on) advance(form, 0);
  }
  function advance(form, percent) {
    part(form, "progress").querySelector("progress").value = percent;
    part(form, "words").textContent = percent < 100 ? percent + " % sent" : "Checking the file";
  }
  function megabytes(form) { return Math.round(Number(form.dataset.maxBytes) / 1e6); }

  function send(form) {
    clear(form);
    var file = fileField(form).files[0];
    if (!file) { refuse(form, { problems: { file: "Choose a file first." } }); return; }
    if (file.size > Number(form.dataset.maxBytes)) {
      refuse(form, { problems: { file: TOO_LARGE + megabytes(form) + " MB." } });
      return;
    }
    var request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action"));
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", function (event) {
      if (event.lengthComputable) advance(form, Math.floor(event.loaded * 100 / event.total));
    });
    request.addEventListener("load", function () {
      busy(form, false);
      var answer;
      try { answer = JSON.parse(request.responseText); } catch { answer = { problem: request.responseText }; }
      if (request.status === 201) done(form, answer); else refuse(form, answer);
    });
    request.addEventListener("error", function () {
      busy(form, false);
      refuse(form, { problem: "The connection was lost. Nothing was added; try again." });
    });
    busy(form, true);
    request.send(inOrder(form));
  }
  // The fields go before the file, as in an ordinary post whose file comes last.
  function inOrder(form) {
    var data = new FormData(form), file = data.get("file");
    data.delete("file");
    data.append("file", file);
    return data;
  }
  function done(form, answer) {
    form.reset();
    var dialog = form.closest("dialog");
    if (dialog) dialog.close();
    if (answer.go) { window.location.assign(answer.go); return; }
    document.getElementById(form.dataset.upload).click();
  }

  document.addEventListener("submit", function (event) {
    if (event.target.dataset.upload === undefined) return;
    event.preventDefault();
    send(event.target);
  });
  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (form && form.dataset.upload !== undefined && event.target.type === "file") clear(form);
  });

  // Dropping: anywhere marked with the id of the dialog that holds the form.
  function dropPlace(event) { return event.target.closest && event.target.closest("[data-drop-for]"); }
  function carriesFile(event) { return Array.from(event.dataTransfer ? event.dataTransfer.types : []).includes("Files"); }
  document.addEventListener("dragover", function (event) {
    if (!carriesFile(event)) return;
    event.preventDefault();
    var place = dropPlace(event);
    event.dataTransfer.dropEffect = place ? "copy" : "none";
    all(document, "[data-drop-over]").forEach(function (other) { if (other !== place) other.removeAttribute("data-drop-over"); });
    if (place) place.setAttribute("data-drop-over", "");
  });
  document.addEventListener("dragleave", function (event) {
    var place = dropPlace(event);
    if (place && !place.contains(event.relatedTarget)) place.removeAttribute("data-drop-over");
  });
  document.addEventListener("drop", function (event) {
    if (!carriesFile(event)) return;
    event.preventDefault();
    var place = dropPlace(event);
    all(document, "[data-drop-over]").forEach(function (other) { other.removeAttribute("data-drop-over"); });
    if (!place) return;
    var dialog = document.getElementById(place.dataset.dropFor);
    var field = dialog && dialog.querySelector("input[type=file]");
    if (!field) return;
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    if (!dialog.open) document.querySelector("[data-dialog-open='" + dialog.id + "']").click();
  });
})();
