// A logo field: the chosen picture is made small in the browser and put into the form's hidden field.
// The server checks and redraws it again; nothing here is trusted.
(function () {
  const EDGE = 512;
  const ENOUGH = 600000;

  function drawn(picture) {
    const scale = Math.min(1, EDGE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const exact = canvas.toDataURL("image/png");
    return exact.length <= ENOUGH ? exact : canvas.toDataURL("image/jpeg", 0.85);
  }

  document.addEventListener("change", function (event) {
    const input = event.target;
    if (!input.dataset || !input.dataset.logo) return;
    const hidden = document.getElementById(input.dataset.logo);
    const shown = document.getElementById(input.dataset.logo + "-shown");
    const file = input.files && input.files[0];
    if (!hidden) return;
    hidden.value = "";
    if (!file) return;
    createImageBitmap(file).then(drawn, function () { return "unreadable"; }).then(function (made) {
      hidden.value = made;
      if (shown) {
        shown.hidden = made === "unreadable";
        if (!shown.hidden) shown.src = made;
      }
    });
  });

  window.hmsOwnZone = function (id) {
    const field = document.getElementById(id);
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (field && zone && Array.from(field.options).some(function (option) { return option.value === zone; })) {
      field.value = zone;
    }
  };
})();
