// Picture fields: a chosen or taken picture is made small here and sent at once, over HTTP; the form then names it.
// The server checks and redraws it again; nothing here is trusted.
(function () {
  "use strict";
  const EDGE = 512;
  const UNDERWAY = new WeakMap();

  function part(input, name) { return document.getElementById(input.dataset.picture + "-" + name); }
  function named(input) { return document.getElementById(input.dataset.picture); }

  function drawn(picture, width, height) {
    const scale = Math.min(1, EDGE / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas;
  }
  function packed(canvas, type) {
    return new Promise(function (done) { canvas.toBlob(done, type, 0.9); });
  }

  function say(input, sentence) {
    const note = document.getElementById(input.id + "-note");
    note.querySelectorAll("[data-picture-said]").forEach(function (said) { said.remove(); });
    input.setAttribute("aria-invalid", sentence ? "true" : "false");
    if (!sentence) return;
    const said = document.createElement("p");
    said.className = "k-field-error";
    said.dataset.pictureSaid = "";
    said.textContent = sentence;
    note.append(said);
  }
  function busy(input, on) {
    input.setAttribute("aria-busy", on ? "true" : "false");
    const form = named(input) && named(input).form;
    if (form) form.querySelectorAll("[type=submit]").forEach(function (button) { button.disabled = on; });
  }
  function show(input, blob) {
    const shown = part(input, "shown");
    if (!shown) return;
    if (shown.src.startsWith("blob:")) URL.revokeObjectURL(shown.src);
    shown.hidden = !blob;
    if (blob) shown.src = URL.createObjectURL(blob);
  }

  // What the browser cannot draw is sent as it is: the server says what is wrong with it.
  function choose(input, making, original) {
    const turn = {};
    UNDERWAY.set(input, turn);
    say(input, "");
    busy(input, true);
    making.catch(function () { return original; }).then(function (blob) {
      return send(input, blob || original);
    }).catch(function () {
      return { problem: "The connection was lost. Choose the picture again." };
    }).then(function (answer) {
      if (UNDERWAY.get(input) !== turn) return;
      busy(input, false);
      settle(input, answer);
    });
  }
  function send(input, blob) {
    const data = new FormData();
    data.append("file", blob, "picture");
    const options = { method: "POST", body: data, headers: { Accept: "application/json" }, credentials: "same-origin" };
    return fetch(input.dataset.pictureTo, options).then(function (answer) { return answer.json(); }).then(function (said) {
      return said.picture ? { picture: said.picture, blob: blob } : { problem: sentenceOf(said) };
    });
  }
  function sentenceOf(said) { return Object.values(said.problems || {})[0] || said.problem; }
  function settle(input, answer) {
    const hidden = named(input);
    if (!hidden) return;
    if (answer.picture) { take(input, answer.picture, answer.blob); return; }
    // The picture that was chosen before stays.
    input.value = "";
    say(input, answer.problem);
    reveal(input);
  }
  function take(input, picture, blob) {
    const hidden = named(input);
    hidden.value = picture;
    hidden.dispatchEvent(new Event("input", { bubbles: true }));
    show(input, blob);
    reveal(input);
  }
  // The chosen picture is seen, and can be taken back, unless the camera is on.
  function reveal(input) {
    const shown = part(input, "shown"), back = part(input, "back"), isChosen = named(input).value !== "" && !stream;
    if (shown) shown.hidden = !isChosen;
    if (back) back.hidden = !isChosen;
  }

  document.addEventListener("change", function (event) {
    const input = event.target;
    if (!input.dataset || !input.dataset.picture || input.type !== "file") return;
    const file = input.files && input.files[0];
    if (!file) { take(input, "", null); return; }
    choose(input, createImageBitmap(file).then(function (picture) {
      return packed(drawn(picture, picture.width, picture.height), input.dataset.pictureAs);
    }), file);
  });

  // The camera: a square of what it sees.
  let stream = null;
  let watching = 0;
  function stop(input) {
    if (stream) stream.getTracks().forEach(function (track) { track.stop(); });
    stream = null;
    clearInterval(watching);
    const video = input && part(input, "video");
    if (video) { video.srcObject = null; video.hidden = true; }
    document.querySelectorAll("[data-camera-shot]").forEach(function (button) { button.hidden = true; });
    if (input && named(input)) reveal(input);
  }
  function start(input) {
    const video = part(input, "video");
    if (!navigator.mediaDevices || !video) { say(input, "There is no camera here. Choose a file."); return; }
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false }).then(function (found) {
      stop(input);
      stream = found;
      video.srcObject = found;
      // Whoever folds the field, leaves the page or goes on to another is no longer seen.
      watching = setInterval(function () { if (!video.getClientRects().length) stop(input); }, 500);
      video.hidden = false;
      reveal(input);
      return video.play();
    }).then(function () {
      // Only now is there something to be seen: earlier it would be a picture of nothing.
      if (stream && video.srcObject === stream) document.querySelector("[data-camera-shot]").hidden = false;
    }).catch(function (reason) {
      if (reason.name !== "AbortError") say(input, "There is no camera here, or it may not be used. Choose a file.");
    });
  }
  function shoot(input) {
    const video = part(input, "video");
    const side = Math.min(video.videoWidth, video.videoHeight);
    const square = document.createElement("canvas");
    square.width = square.height = Math.min(side, EDGE);
    square.getContext("2d").drawImage(
      video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, square.width, square.height);
    stop(input);
    document.querySelector('[data-camera="' + input.id + '"]').focus();
    input.value = "";
    choose(input, packed(square, input.dataset.pictureAs), null);
  }
  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("[data-camera], [data-camera-shot], [data-picture-back]");
    if (!button) return;
    const input = document.getElementById(button.dataset.camera || button.dataset.cameraShot || button.dataset.pictureBack);
    if (button.dataset.cameraShot) shoot(input);
    else if (button.dataset.pictureBack) { input.value = ""; take(input, "", null); say(input, ""); input.focus(); }
    else if (stream) stop(input);
    else start(input);
  });
  window.addEventListener("pagehide", function () { stop(null); });
})();
