// A place in the tab's session storage that one person's key alone opens: AES-GCM, by the browser's own cipher, which it
// offers on TLS and on this computer only. Without the cipher nothing is stored.
(function () {
  "use strict";
  const STORE = "hms-typed";
  const LONGEST = 400000;
  const cipher = window.crypto && window.crypto.subtle;
  let next = null;      // What is to be sealed once what is being sealed now is stored.
  let isBusy = false;
  let forgotten = 0;    // How often everything was forgotten: what was on its way then is not stored.

  function bytes(text) { return Uint8Array.from(atob(text), function (letter) { return letter.charCodeAt(0); }); }
  function letters(buffer) {
    return btoa(Array.from(new Uint8Array(buffer), function (byte) { return String.fromCharCode(byte); }).join(""));
  }
  function keyOf(text) { return cipher.importKey("raw", bytes(text), "AES-GCM", false, ["encrypt", "decrypt"]); }
  function stored() {
    try { return JSON.parse(sessionStorage.getItem(STORE)) || {}; } catch { return {}; }
  }

  // `entries` have the time `at`; when there is too much, the oldest go.
  function written(until, entries) {
    let text = JSON.stringify({ until: until, entries: entries });
    const oldest = Object.keys(entries).sort(function (one, other) { return entries[one].at - entries[other].at; });
    while (text.length > LONGEST) {
      delete entries[oldest.shift()];
      text = JSON.stringify({ until: until, entries: entries });
    }
    return text;
  }
  async function store(key, until, text, age) {
    const vector = crypto.getRandomValues(new Uint8Array(12));
    const box = await cipher.encrypt({ name: "AES-GCM", iv: vector }, await keyOf(key), new TextEncoder().encode(text));
    if (age !== forgotten) return;
    sessionStorage.setItem(STORE, JSON.stringify({ until: until, vector: letters(vector), box: letters(box) }));
  }
  async function seal(key, until, entries) {
    if (!cipher || !key) return;
    if (!Object.keys(entries).length) { forget(); return; }
    next = [key, until, written(until, entries), forgotten];
    if (isBusy) return;
    isBusy = true;
    while (next) {
      const now = next;
      next = null;
      try { await store(...now); } catch { /* The storage is full or refused: it is kept on the page only. */ }
    }
    isBusy = false;
  }
  async function open(key) {
    try {
      const found = stored();
      const text = await cipher.decrypt({ name: "AES-GCM", iv: bytes(found.vector) }, await keyOf(key), bytes(found.box));
      const read = JSON.parse(new TextDecoder().decode(text));
      return read.until > Date.now() ? read.entries : {};
    } catch { return {}; }
  }
  function forget() {
    forgotten += 1;
    next = null;
    sessionStorage.removeItem(STORE);
  }
  window.hmsSealed = { seal: seal, open: open, forget: forget, until: function () { return stored().until || 0; } };
})();
