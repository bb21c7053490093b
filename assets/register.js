// The registration form: what is typed so far, for the server to read along; and a photo from the camera.
(function () {
  window.hmsTyped = function (id) {
    const typed = {};
    const form = document.getElementById(id);
    if (form) new FormData(form).forEach(function (value, name) {
      if (typeof value === "string" && value && name !== "photo") typed[name] = value.slice(0, 300);
    });
    return typed;
  };

  let stream = null;
  let watching = 0;
  function stop(data) {
    if (stream) stream.getTracks().forEach(function (track) { track.stop(); });
    stream = null;
    clearInterval(watching);
    const video = document.getElementById(data + "-video");
    if (video) { video.srcObject = null; video.hidden = true; }
    document.querySelectorAll("[data-camera-shot]").forEach(function (button) { button.hidden = true; });
  }
  function start(data) {
    const video = document.getElementById(data + "-video");
    if (!navigator.mediaDevices || !video) return say(data);
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "user" }, audio: false }).then(function (found) {
      stop(data);
      stream = found;
      video.srcObject = found;
      watching = setInterval(function () { if (!video.isConnected) stop(data); }, 500);
      video.hidden = false;
      document.getElementById(data + "-shown").hidden = true;
      document.querySelector("[data-camera-shot]").hidden = false;
      return video.play();
    }).catch(function () { say(data); });
  }
  function say(data) {
    const button = document.querySelector('[data-camera="' + data + '"] span');
    if (button) button.textContent = "No camera here: choose a file";
  }
  function shoot(data) {
    const video = document.getElementById(data + "-video");
    const edge = Math.min(video.videoWidth, video.videoHeight, 512);
    const side = Math.min(video.videoWidth, video.videoHeight);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = edge;
    canvas.getContext("2d").drawImage(
      video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, edge, edge);
    const shown = document.getElementById(data + "-shown");
    document.getElementById(data).value = shown.src = canvas.toDataURL("image/jpeg", 0.85);
    shown.hidden = false;
    stop(data);
  }
  document.addEventListener("click", function (event) {
    const button = event.target.closest && event.target.closest("[data-camera], [data-camera-shot]");
    if (!button) return;
    if (button.dataset.camera) start(button.dataset.camera); else shoot(button.dataset.cameraShot);
  });
  window.addEventListener("pagehide", function () { stop("photo-data"); });
})();
