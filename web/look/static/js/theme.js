// Runs before the first paint: no flash of the other theme, and script-only controls appear.
(() => {
  const root = document.documentElement;
  root.classList.add('js');
  try {
    const kept = localStorage.getItem('tema');
    if (kept === 'dark' || kept === 'light') root.dataset.theme = kept;
  } catch { /* storage is off: the system's preference stands */ }
})();
