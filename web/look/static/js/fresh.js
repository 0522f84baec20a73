// The page keeps itself true: the age of the copy, and what changed in the master since it was shown.
(() => {
  const EVERY_MS = 15000;
  const IDLE_MS = 10 * 60 * 1000; // an abandoned page must not keep its session alive
  let touched = Date.now();
  for (const kind of ['pointerdown', 'keydown', 'scroll']) addEventListener(kind, () => { touched = Date.now(); }, { passive: true, capture: true });

  const each = (selector, change) => document.querySelectorAll(selector).forEach(change);
  const badge = async () => {
    const found = await espelho.ask('/frescor');
    each('[data-fresh-label]', (node) => { node.textContent = found.label + (node.tagName === 'STRONG' ? '.' : ''); });
    each('[data-fresh-sentence]', (node) => { node.textContent = found.sentence ?? ''; });
    each('[data-fresh-as-of]', (node) => { node.textContent = found.as_of ?? '—'; });
    each('#fresh', (node) => { node.className = `fresh fresh-${found.state}`; });
    each('.fresh-big', (node) => { node.className = `fresh-big fresh-${found.state}`; });
    each('#fresh-notice', (node) => { node.className = `notice notice-${found.state}`; node.hidden = found.state === 'fresh'; });
  };

  const rowsOf = (node) => new Set([...node.querySelectorAll('[data-id]')].map((row) => row.dataset.id));
  const swap = async (live) => {
    const answer = await fetch(location.href, { credentials: 'same-origin' });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const next = page.getElementById('live');
    if (!answer.ok || !next) { location.reload(); return; }
    const before = rowsOf(live);
    const reason = document.getElementById('reason').value;
    live.replaceWith(document.adoptNode(next));
    document.getElementById('reason').value = reason;
    each('#live [data-id]', (row) => row.classList.toggle('changed', !before.has(row.dataset.id)));
    espelho.say(next.dataset.live === 'list' ? 'Lista atualizada' : 'Cadastro atualizado agora pelo sistema de origem');
  };

  const offer = (live) => {
    if (live.querySelector('.news')) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button primary news';
    button.textContent = 'Há novidades: mostrar';
    button.addEventListener('click', () => swap(live));
    live.prepend(button);
  };

  const busy = (live) => espelho.anyLit?.() || live.contains(document.activeElement);
  const look = async () => {
    const live = document.querySelector('[data-mark]');
    if (!live || Date.now() - touched > IDLE_MS) return;
    const query = live.dataset.live === 'list' ? location.search : '';
    let found;
    try { found = await espelho.ask(live.dataset.markUrl + query); } catch (problem) {
      if (problem.status === 404) location.reload();
      throw problem;
    }
    if (String(found.mark ?? found.version) === live.dataset.mark) return;
    await (busy(live) ? offer(live) : swap(live));
  };

  // Where the master was asked for a code, the page looks five times, each time after twice as long.
  const ASKED = 'pedido';
  if (document.querySelector('[data-waits]')) {
    const typing = document.getElementById('q');
    let [where, times] = [location.pathname, 0];
    try { [where, times] = JSON.parse(sessionStorage.getItem(ASKED)) ?? [where, 0]; } catch { /* the first time, then */ }
    times = where === location.pathname ? times + 1 : 1;
    if (times <= 5) setTimeout(() => {
      if (typing.value !== typing.defaultValue) return; // somebody types already what comes next
      try { sessionStorage.setItem(ASKED, JSON.stringify([location.pathname, times])); } catch { return; }
      location.reload();
    }, 1000 * 2 ** times);
  }

  let looking = false;
  const tick = async () => {
    if (document.hidden || looking) return;
    looking = true;
    try { await badge(); await look(); } catch { /* the next tick asks again */ } finally { looking = false; }
  };
  setInterval(tick, EVERY_MS);
  addEventListener('focus', tick);
  document.addEventListener('visibilitychange', tick);
})();
