// A place in the tab's session storage that one person's key alone opens, until the end of the session it was filled in:
// AES-GCM, by the browser's own cipher, which it offers on TLS and on this computer only. Without it nothing is stored.
(function () {
  "use strict";
  const STORE = "hms-typed";
  const LONGEST = 400000;
  const cipher = window.crypto && window.crypto.subtle;
  let next = null;      // What is to be sealed once what is being sealed now is stored.
  let running = null;
  let forgotten = 0;    // How often everything was forgotten: what was on its way then is not stored.
  let clock = "";       // The server's clock as it was last read; this computer's own may be wrong.
  let end = 0;

  // When the session is over by this computer's clock, in milliseconds; 0 while it is not known.
  function sessionEnd() {
    const session = document.getElementById("hms-session"), given = session ? session.dataset : {};
    if (given.endsAt && given.now !== clock) {
      clock = given.now;
      end = Number(given.endsAt) - Number(clock) + Date.now();
    }
    return end;
  }

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
  async function run() {
    while (next) {
      const now = next;
      next = null;
      try { await store(...now); } catch { /* The storage is full or refused: it is kept on the page only. */ }
    }
    running = null;
  }
  // Resolves once `entries` are stored.
  function seal(key, entries) {
    const until = sessionEnd();
    if (!cipher || !key || !until) return Promise.resolve();
    if (!Object.keys(entries).length) { forget(); return Promise.resolve(); }
    next = [key, until, written(until, entries), forgotten];
    running = running || run();
    return running;
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
  function expire() {
    if (sessionStorage.getItem(STORE) && !(stored().until > Date.now())) forget();
  }
  expire();
  window.setInterval(expire, 1000);
  window.hmsSealed = { seal: seal, open: open, forget: forget, sessionEnd: sessionEnd };
})();
