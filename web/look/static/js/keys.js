// Keyboard and menu: F2 or Ctrl+K to the search box, Esc closes. The list's filters (they name
// nobody) and the theme are remembered here only.
(() => {
  const box = document.getElementById('q');
  addEventListener('keydown', (event) => {
    const toSearch = event.key === 'F2' || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k');
    if (toSearch && box) {
      event.preventDefault();
      box.focus();
      box.select();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const hits = step ? [...document.querySelectorAll('.hits .name')] : [];
    const at = hits.indexOf(document.activeElement); // from the box down to the first, and back up
    if (hits.length && (at >= 0 || document.activeElement === box)) {
      event.preventDefault();
      (hits[at + step] ?? (at + step < 0 ? box : hits[at])).focus();
    }
    if (event.key === 'Escape') {
      document.querySelectorAll('.menu[open]').forEach((menu) => { menu.open = false; menu.querySelector('summary').focus(); });
      document.querySelectorAll('.tipped').forEach((tip) => tip.classList.add('dismissed'));
    }
  });
  addEventListener('focusin', (event) => event.target.closest('.tipped')?.classList.remove('dismissed'));
  addEventListener('mouseover', (event) => event.target.closest('.tipped .button')?.parentElement.classList.remove('dismissed'));
  addEventListener('mouseover', (event) => { // an icon's name, for the mouse too
    const icon = event.target.closest('.tap');
    if (icon) icon.title = icon.ariaLabel;
  });
  addEventListener('click', (event) => {
    document.querySelectorAll('.menu[open]').forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    const off = event.target.closest('[aria-disabled="true"]');
    if (off) { off.parentElement.classList.remove('dismissed'); off.focus(); }
  });
  document.querySelector('[data-go]')?.requestSubmit(); // a search that a login came between
  addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });

  const back = document.querySelector('[data-back]');
  try {
    if (location.pathname === '/clientes') sessionStorage.setItem('lista', location.search);
    if (back) back.search = sessionStorage.getItem('lista') ?? back.search;
  } catch { /* the link leads to the whole list, then */ }
  const here = document.querySelector('.slide [aria-current]'); // a phone shows a row's beginning
  if (here) here.parentElement.scrollLeft = here.offsetLeft - 24;

  box?.form.addEventListener('submit', () => { box.form.querySelector('.button').textContent = 'Buscando…'; });

  addEventListener('submit', (event) => { // another month, or a name told apart
    if (event.target.closest('.picker, .beside')) event.submitter.textContent = 'Buscando…';
  });

  // What is ticked in a filter is applied at once; the filter stays open, for several may be chosen.
  const TICKED = 'marcado';
  addEventListener('change', (event) => {
    const form = event.target.closest('[data-apply]');
    if (!form) return;
    try { sessionStorage.setItem(TICKED, JSON.stringify([event.target.name, event.target.value])); } catch { /* it closes, then */ }
    form.requestSubmit();
  });
  const again = () => {
    const [name, value] = JSON.parse(sessionStorage.getItem(TICKED) ?? '[]');
    sessionStorage.removeItem(TICKED);
    const box = [...document.querySelectorAll('[data-apply] [type=checkbox]')].find((one) => one.name === name && one.value === value);
    if (!box) return;
    document.querySelector('.fold').open = true; // which is on a phone around all of them
    for (let at = box.closest('details'); at; at = at.parentElement.closest('details')) at.open = true;
    box.focus();
  };
  try { again(); } catch { /* nothing was ticked */ }

  const toggle = document.querySelector('[data-theme-toggle]');
  if (!toggle) return;
  const root = document.documentElement;
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);
  const label = () => { toggle.querySelector('span').textContent = isDark() ? 'Tema claro' : 'Tema escuro'; };
  toggle.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    try { localStorage.setItem('tema', root.dataset.theme); } catch { /* only for this page, then */ }
    label();
  });
  label();
})();
