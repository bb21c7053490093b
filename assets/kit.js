// What the browser does for the component kit: dialogs, menus, comboboxes, tabs, tooltips, focus. No state is kept here.
(function () {
  "use strict";
  var openers = new WeakMap();
  var lastFocus = null;
  var dirtyForms = new Set();

  function all(root, selector) { return Array.prototype.slice.call(root.querySelectorAll(selector)); }
  function visible(element) { return element.getClientRects().length > 0; }

  // Dialogs -----------------------------------------------------------------------------------------------
  function firstField(dialog) {
    return dialog.querySelector("[autofocus]") ||
      all(dialog, ".k-dialog-body input:not([type=hidden]), .k-dialog-body select, .k-dialog-body textarea").filter(visible)[0] ||
      all(dialog, ".k-dialog-foot button, .k-dialog-body button").filter(visible)[0];
  }
  function show(dialog, opener) {
    if (dialog.open) return;
    openers.set(dialog, opener || lastFocus || document.activeElement);
    dialog.showModal();
    var target = firstField(dialog);
    if (target) target.focus();
  }
  function giveFocusBack(dialog) {
    var opener = openers.get(dialog);
    openers.delete(dialog);
    if (opener && opener.isConnected && !document.querySelector("dialog[open]")) opener.focus();
  }
  function requestClose(dialog) {
    if (dialog.dataset.modal === "client") { dialog.close(); return; }
    var button = dialog.querySelector("[data-dialog-close]");
    if (button) button.click();
  }
  document.addEventListener("cancel", function (event) {
    if (event.target.tagName !== "DIALOG" || !event.target.dataset.modal) return;
    event.preventDefault();
    requestClose(event.target);
  }, true);
  document.addEventListener("close", function (event) {
    if (event.target.tagName === "DIALOG") giveFocusBack(event.target);
  }, true);
  function isBackdrop(dialog, event) {
    var box = dialog.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }
  document.addEventListener("pointerdown", function (event) {
    lastFocus = document.activeElement === document.body ? lastFocus : document.activeElement;
    var target = event.target;
    if (target.tagName === "DIALOG" && target.dataset.modal && isBackdrop(target, event)) requestClose(target);
  });
  document.addEventListener("focusin", function (event) {
    if (!event.target.closest("dialog")) lastFocus = event.target;
  });

  // Menus -------------------------------------------------------------------------------------------------
  function menuOf(button) { return button.parentElement.querySelector(":scope > [popover]"); }
  function place(panel, anchor) {
    var box = anchor.getBoundingClientRect();
    var width = panel.offsetWidth, height = panel.offsetHeight;
    var left = panel.dataset.align === "start" ? box.left : box.right - width;
    var top = box.bottom + 4;
    if (top + height > window.innerHeight - 8) top = Math.max(8, box.top - height - 4);
    panel.style.left = Math.max(8, Math.min(left, window.innerWidth - width - 8)) + "px";
    panel.style.top = top + "px";
  }
  function items(panel) { return all(panel, "[role^=menuitem]:not(:disabled)").filter(visible); }
  function showMenu(button, last) {
    var panel = menuOf(button);
    if (!panel) return;
    panel.showPopover();
    place(panel, button);
    var list = items(panel);
    var target = last ? list[list.length - 1] : panel.querySelector("[aria-checked=true]") || list[0] || panel;
    if (target === panel) panel.tabIndex = -1;
    target.focus({ preventScroll: true });
  }
  document.addEventListener("toggle", function (event) {
    var panel = event.target;
    if (!panel.matches || !panel.matches(".k-menu-host > [popover]")) return;
    var button = panel.parentElement.querySelector("[data-menu-button]");
    if (button) button.setAttribute("aria-expanded", event.newState === "open" ? "true" : "false");
    if (event.newState === "closed") panel.dataset.closedAt = String(event.timeStamp);
  }, true);
  window.addEventListener("scroll", function (event) {
    all(document, ".k-menu:popover-open").forEach(function (panel) {
      if (!panel.contains(event.target)) panel.hidePopover();
    });
  }, true);

  // Combobox ----------------------------------------------------------------------------------------------
  function comboOptions(box) { return all(box, "[role=option]"); }
  function setOpen(box, open) {
    if (open) box.setAttribute("data-open", ""); else box.removeAttribute("data-open");
    var input = box.querySelector("[role=combobox]");
    input.setAttribute("aria-expanded", open ? "true" : "false");
    if (!open) activate(box, null);
  }
  function activate(box, option) {
    comboOptions(box).forEach(function (other) {
      other.toggleAttribute("data-active", other === option);
      other.setAttribute("aria-selected", other === option ? "true" : "false");
    });
    var input = box.querySelector("[role=combobox]");
    if (option) { input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    else input.removeAttribute("aria-activedescendant");
  }
  function choose(box, option) {
    var input = box.querySelector("[role=combobox]");
    box.querySelector("[data-combobox-value]").value = option.dataset.value;
    input.value = option.dataset.label;
    input.dataset.chosen = option.dataset.label;
    markDirty(input);
    setOpen(box, false);
    input.focus();
  }
  document.addEventListener("input", function (event) {
    var box = event.target.closest && event.target.closest("[data-combobox]");
    if (box) {
      box.querySelector("[data-combobox-value]").value = "";
      setOpen(box, event.target.value.trim() !== "");
    }
    markDirty(event.target);
    if (event.target.matches && event.target.matches("[data-palette-input]")) filterPalette(event.target.closest("dialog"));
  }, true);
  document.addEventListener("focusout", function (event) {
    var box = event.target.closest && event.target.closest("[data-combobox]");
    if (!box || box.contains(event.relatedTarget)) return;
    setOpen(box, false);
    var input = box.querySelector("[role=combobox]");
    if (box.dataset.combobox !== "free" && !box.querySelector("[data-combobox-value]").value) input.value = "";
  });
  document.addEventListener("mousedown", function (event) {
    if (event.target.closest && event.target.closest("[role=option]")) event.preventDefault();
  });

  // Command palette ---------------------------------------------------------------------------------------
  function paletteItems(dialog) {
    return all(dialog, "[data-palette-item]").filter(function (item) { return !item.hasAttribute("data-hidden"); });
  }
  function fold(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }
  function filterPalette(dialog) {
    var wanted = fold(dialog.querySelector("[data-palette-input]").value).split(/\s+/).filter(Boolean);
    all(dialog, "[data-palette-item][data-words]").forEach(function (item) {
      var words = fold(item.dataset.words);
      item.toggleAttribute("data-hidden", !wanted.every(function (word) { return words.indexOf(word) >= 0; }));
    });
    all(dialog, "[data-palette-section]").forEach(function (section) {
      section.toggleAttribute("data-hidden", !section.querySelector("[data-palette-item]:not([data-hidden])"));
    });
    markPalette(dialog, 0);
  }
  function markPalette(dialog, index) {
    var list = paletteItems(dialog);
    var input = dialog.querySelector("[data-palette-input]");
    dialog.querySelectorAll("[data-palette-item][data-active]").forEach(function (item) {
      item.removeAttribute("data-active"); item.setAttribute("aria-selected", "false");
    });
    var nothing = dialog.querySelector("[data-palette-empty]");
    if (nothing) nothing.toggleAttribute("data-hidden", list.length > 0);
    if (!list.length) { input.removeAttribute("aria-activedescendant"); return; }
    var item = list[(index + list.length) % list.length];
    item.setAttribute("data-active", ""); item.setAttribute("aria-selected", "true");
    if (item.id) input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  }
  function openPalette() {
    var dialog = document.getElementById("command-palette");
    if (!dialog || dialog.open || document.querySelector("dialog[open]")) return;
    var input = dialog.querySelector("[data-palette-input]");
    show(dialog);
    input.focus();
    input.select();
    filterPalette(dialog);
  }

  // Forms -------------------------------------------------------------------------------------------------
  function markDirty(element) {
    var form = element.closest && element.closest("form[data-guard]");
    if (form) dirtyForms.add(form);
  }
  document.addEventListener("submit", function (event) { dirtyForms.delete(event.target); }, true);
  document.addEventListener("change", function (event) { markDirty(event.target); }, true);
  function unsaved() {
    dirtyForms.forEach(function (form) { if (!form.isConnected) dirtyForms.delete(form); });
    return dirtyForms.size > 0;
  }
  window.addEventListener("beforeunload", function (event) { if (unsaved()) event.preventDefault(); });
  function mayLeave() {
    if (!unsaved()) return true;
    if (!window.confirm("Leave without saving? What you typed will be lost.")) return false;
    dirtyForms.clear();
    return true;
  }

  // Clicks ------------------------------------------------------------------------------------------------
  document.addEventListener("click", function (event) {
    var anchor = event.target.closest && event.target.closest("a[href]");
    if (!anchor || anchor.target || event.metaKey || event.ctrlKey || anchor.getAttribute("href").charAt(0) === "#") return;
    if (!mayLeave()) { event.preventDefault(); event.stopPropagation(); }
  }, true);

  document.addEventListener("click", function (event) {
    var target = event.target;
    if (!target.closest) return;
    var found;
    if ((found = target.closest("[data-dialog-open]"))) {
      var wanted = document.getElementById(found.dataset.dialogOpen);
      if (wanted) show(wanted, found);
    }
    if ((found = target.closest("[data-dialog-close]"))) {
      var own = found.closest("dialog");
      if (own && own.dataset.modal === "client") own.close();
    }
    if (target.closest("[data-palette-open]")) openPalette();
    if ((found = target.closest("dialog[data-modal=client] a[href]"))) found.closest("dialog").close();
    if ((found = target.closest("[data-palette-item]"))) { var palette = found.closest("dialog"); if (palette) palette.close(); }
    if ((found = target.closest("[data-menu-button]"))) {
      var panel = menuOf(found);
      var closed = Number(panel && panel.dataset.closedAt || 0);
      if (panel && !panel.matches(":popover-open") && !(event.timeStamp - closed < 60)) showMenu(found);
      else if (panel && panel.matches(":popover-open")) panel.hidePopover();
    }
    if ((found = target.closest("[role^=menuitem]"))) {
      var menu = found.closest("[popover]");
      if (menu) {
        menu.hidePopover();
        var button = menu.parentElement.querySelector("[data-menu-button]");
        if (button && found.tagName !== "A") button.focus();
      }
    }
    if ((found = target.closest("[role=option]")) && found.closest("[data-combobox]")) choose(found.closest("[data-combobox]"), found);
    if ((found = target.closest("[data-reveal]"))) {
      var field = found.parentElement.querySelector("input");
      var hidden = field.type === "password";
      field.type = hidden ? "text" : "password";
      found.setAttribute("aria-pressed", hidden ? "true" : "false");
    }
    if ((found = target.closest("[data-copy]"))) {
      var source = found.parentElement.querySelector("[data-copy-source]");
      if (source && navigator.clipboard) navigator.clipboard.writeText(source.textContent).then(function () { tip(found, "Copied"); });
    }
    if ((found = target.closest("[data-theme-set]")) && window.hmsTheme) window.hmsTheme(found.dataset.themeSet);
    if (target.closest("[data-menu-collapse]") && window.hmsMenu) window.hmsMenu();
    if ((found = target.closest("[role=tab]")) && found.closest("[data-tabs]")) selectTab(found);
    if ((found = target.closest("tr[data-href]")) && !target.closest("a, button, input, label, select, [popover]") && String(window.getSelection()) === "") {
      var inner = found.querySelector("a[href]");
      if (inner) inner.click();
    }
  });

  // Tabs --------------------------------------------------------------------------------------------------
  function selectTab(tab) {
    all(tab.parentElement, "[role=tab]").forEach(function (other) {
      var chosen = other === tab;
      other.setAttribute("aria-selected", chosen ? "true" : "false");
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).classList.toggle("k-tab-off", !chosen);
    });
    tab.focus();
  }

  // Keys --------------------------------------------------------------------------------------------------
  function step(list, current, key) {
    var at = list.indexOf(current);
    if (key === "Home") return list[0];
    if (key === "End") return list[list.length - 1];
    return list[(at + (key === "ArrowDown" || key === "ArrowRight" ? 1 : -1) + list.length) % list.length];
  }
  document.addEventListener("keydown", function (event) {
    var key = event.key, target = event.target;
    if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
    if (!target.closest) return;
    var typing = target.matches("input, textarea, select, [contenteditable]");
    if (key === "/" && !typing && !document.querySelector("dialog[open]")) {
      var search = all(document, "[data-search]").filter(visible)[0];
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      return;
    }
    var panel = target.closest(".k-menu[popover]");
    if (panel) {
      var list = items(panel);
      if (["ArrowDown", "ArrowUp", "Home", "End"].indexOf(key) >= 0 && list.length) {
        event.preventDefault(); step(list, target, key).focus();
      } else if (key === "Escape") {
        event.preventDefault(); event.stopPropagation();
        panel.hidePopover(); panel.parentElement.querySelector("[data-menu-button]").focus();
      } else if (key === "Tab") panel.hidePopover();
      else if (key.length === 1 && key !== " " && !typing) {
        var next = list.filter(function (item) { return fold(item.textContent).indexOf(fold(key)) === 0; })[0];
        if (next) next.focus();
      }
      return;
    }
    if (target.matches("[data-menu-button]") && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault(); showMenu(target, key === "ArrowUp"); return;
    }
    var box = target.closest("[data-combobox]");
    if (box && target.getAttribute("role") === "combobox") {
      var options = comboOptions(box);
      var active = box.querySelector("[data-active]");
      if (key === "ArrowDown" || key === "ArrowUp") {
        event.preventDefault(); setOpen(box, true);
        if (options.length) activate(box, active ? step(options, active, key) : key === "ArrowUp" ? options[options.length - 1] : options[0]);
      } else if (key === "Enter" && box.hasAttribute("data-open")) {
        event.preventDefault(); if (active) active.click();
      } else if (key === "Escape" && box.hasAttribute("data-open")) {
        event.preventDefault(); event.stopPropagation(); setOpen(box, false);
      }
      return;
    }
    if (target.matches("[data-palette-input]")) {
      var dialog = target.closest("dialog");
      var entries = paletteItems(dialog);
      var at = entries.indexOf(dialog.querySelector("[data-palette-item][data-active]"));
      if (key === "ArrowDown" || key === "ArrowUp") { event.preventDefault(); markPalette(dialog, at + (key === "ArrowDown" ? 1 : -1)); }
      else if (key === "Enter") { event.preventDefault(); var chosen = entries[at] || entries[0]; if (chosen) chosen.click(); }
      return;
    }
    if (target.matches("[role=tab]") && target.closest("[data-tabs]") && ["ArrowLeft", "ArrowRight", "Home", "End"].indexOf(key) >= 0) {
      event.preventDefault(); selectTab(step(all(target.parentElement, "[role=tab]"), target, key));
    }
  }, true);

  // Tooltips ----------------------------------------------------------------------------------------------
  var bubble = null, waiting = 0;
  function tipped(target) {
    var host = target.closest && target.closest("[data-tip]");
    if (host && host.dataset.tipWhen && document.documentElement.dataset.menu !== host.dataset.tipWhen) return null;
    return host;
  }
  function tip(anchor, text) {
    hideTip();
    bubble = document.createElement("div");
    bubble.className = "k-tip";
    bubble.setAttribute("role", "tooltip");
    bubble.setAttribute("popover", "manual");
    bubble.textContent = text;
    (anchor.closest("dialog") || document.body).appendChild(bubble);
    if (bubble.showPopover) bubble.showPopover();
    var box = anchor.getBoundingClientRect();
    var top = box.bottom + 6;
    if (top + bubble.offsetHeight > window.innerHeight - 4) top = box.top - bubble.offsetHeight - 6;
    bubble.style.top = top + "px";
    bubble.style.left = Math.max(4, Math.min(box.left + box.width / 2 - bubble.offsetWidth / 2, window.innerWidth - bubble.offsetWidth - 4)) + "px";
  }
  function hideTip() { clearTimeout(waiting); if (bubble) bubble.remove(); bubble = null; }
  document.addEventListener("pointerover", function (event) {
    var host = tipped(event.target);
    hideTip();
    if (host && event.pointerType !== "touch") waiting = setTimeout(function () { if (host.isConnected) tip(host, host.dataset.tip); }, 450);
  });
  document.addEventListener("focusin", function (event) {
    var host = tipped(event.target);
    if (host && event.target.matches(":focus-visible")) tip(host, host.dataset.tip); else hideTip();
  });
  document.addEventListener("pointerdown", hideTip, true);
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") hideTip(); }, true);

  // What React adds to the page -----------------------------------------------------------------------------
  var path = location.pathname;
  var settling = 0;
  function onNavigation() {
    if (location.pathname === path) return;
    path = location.pathname;
    dirtyForms.clear();
    settling = 90;
    window.scrollTo(0, 0);
    requestAnimationFrame(focusTitle);
  }
  // The old page goes and the new one comes in steps: hold the focus on the title until it stays, or the person acts.
  function focusTitle() {
    if (settling-- <= 0) return;
    var title = document.querySelector("main h1");
    var active = document.activeElement;
    if (title && title !== active && !(active.closest("main") && active.matches("input, select, textarea"))) {
      title.focus({ preventScroll: true });
    }
    requestAnimationFrame(focusTitle);
  }
  ["keydown", "pointerdown"].forEach(function (kind) {
    document.addEventListener(kind, function () { settling = 0; }, true);
  });
  function openAround(control) {
    for (var more = control.closest("details"); more; more = more.parentElement.closest("details")) more.open = true;
  }
  var pendingErrors = 0;
  function focusFirstError() {
    clearTimeout(pendingErrors);
    pendingErrors = setTimeout(function () {
      all(document, "[data-kit-form] [aria-invalid=true]").forEach(openAround);
      var wrong = all(document, "[data-kit-form] [aria-invalid=true]").filter(visible)[0];
      if (wrong && wrong.matches("fieldset")) wrong = wrong.querySelector("input:checked, input");
      if (wrong && document.activeElement !== wrong) wrong.focus();
    }, 30);
  }
  // A form that the browser posts itself comes back empty when it was refused: give back the text of a marked field.
  document.addEventListener("submit", function (event) {
    var field = event.target.querySelector("[data-typed-before]");
    if (field) sessionStorage.setItem("typed-" + field.name, field.value);
  }, true);
  var goesOnAt = null;
  function giveTextBack(field) {
    var typed = sessionStorage.getItem("typed-" + field.name);
    sessionStorage.removeItem("typed-" + field.name);
    if (!typed || field.value || !new URLSearchParams(location.search).has("problem")) return;
    field.value = typed;
    goesOnAt = field.closest("form").querySelector("[type=password]");
    goesOnAt.focus();
  }
  // On a phone the row of tabs scrolls: the current one must not lie beyond its edge.
  function showTab(tab) {
    var row = tab.closest(".k-tabs");
    if (tab.offsetLeft + tab.offsetWidth > row.clientWidth) row.scrollLeft = tab.offsetLeft - 32;
  }
  new MutationObserver(function (changes) {
    var invalid = false;
    changes.forEach(function (change) {
      if (change.type === "attributes") {
        if (change.attributeName === "aria-invalid" && change.target.getAttribute("aria-invalid") === "true") invalid = true;
        return;
      }
      change.removedNodes.forEach(function (node) {
        if (node.nodeType !== 1) return;
        var gone = node.matches("dialog") ? [node] : all(node, "dialog");
        gone.forEach(giveFocusBack);
      });
      change.addedNodes.forEach(function (node) {
        if (node.nodeType !== 1) return;
        (node.matches("dialog") ? [node] : all(node, "dialog")).forEach(function (dialog) {
          if (dialog.dataset.modal === "state") show(dialog);
        });
        if (node.matches("[data-form-problem]")) (goesOnAt || node).focus();
        all(node, "[data-typed-before]").forEach(giveTextBack);
        all(node, "[data-takes-focus]").forEach(function (heading) { heading.focus(); });
        all(node, ".k-tabs [aria-current=page]").forEach(showTab);
      });
    });
    if (invalid) focusFirstError();
    var palette = document.getElementById("command-palette");
    if (palette && palette.open && !palette.querySelector("[data-palette-item][data-active]:not([data-hidden])")) filterPalette(palette);
    onNavigation();
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-invalid"] });
  all(document, "[data-typed-before]").forEach(giveTextBack);
  all(document, "dialog[data-modal=state]").forEach(function (dialog) { show(dialog); });
})();
