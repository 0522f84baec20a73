// The eye: asks for one value, shows it lit and counting down, and takes it away again.
(() => {
  const lit = new Map();

  const fetchValue = (button) => {
    const form = document.getElementById('reveal');
    const body = new URLSearchParams({ field: button.value, reason: form.elements.reason.value });
    return espelho.ask(button.formAction, { method: 'POST', body });
  };

  const hide = (veil) => {
    const shown = lit.get(veil);
    if (!shown) return;
    clearTimeout(shown.timer);
    shown.node.remove();
    lit.delete(veil);
    veil.querySelector('[data-masked]').hidden = false;
    eyeOf(veil, false);
  };

  // In a list the buttons of a row are in its menu, and its values are where they stand.
  const around = (node) => node.closest('tr[data-id]');
  const veilOf = (button) => button.closest('.veil') ?? around(button)?.querySelector(`.veil[data-key="${button.value}"]`);

  const eyeOf = (veil, open) => {
    const eye = (veil.dataset.key ? around(veil) : veil).querySelector('[data-do="eye"]');
    if (!eye) return;
    eye.setAttribute('aria-pressed', open);
    const use = eye.querySelector('use');
    use.setAttribute('href', `${use.href.baseVal.split('#')[0]}#${open ? 'i-eye-off' : 'i-eye'}`);
    const called = (text) => text.replace(/^\S+/, open ? 'Esconder' : 'Revelar');
    if (veil.dataset.key) eye.lastChild.data = called(eye.lastChild.data);
    else eye.title = eye.ariaLabel = called(eye.ariaLabel);
  };

  const ring = (seconds) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('class', 'ring');
    svg.setAttribute('viewBox', '0 0 20 20');
    svg.setAttribute('aria-hidden', 'true');
    for (const name of ['', 'left']) {
      const circle = document.createElementNS(svg.namespaceURI, 'circle');
      for (const [key, value] of [['cx', 10], ['cy', 10], ['r', 8], ['class', name]]) circle.setAttribute(key, value);
      if (name) circle.style.animationDuration = `${seconds}s`;
      svg.append(circle);
    }
    return svg;
  };

  const show = (veil, found) => {
    hide(veil);
    const node = document.createElement('span');
    node.className = 'veil-lit num';
    const value = document.createElement('bdi');
    value.textContent = found.value;
    if (found.mailto) {
      const link = document.createElement('a');
      link.href = found.mailto;
      link.append(value);
      node.append(link);
    } else node.append(value);
    node.append(ring(found.seconds));
    const masked = veil.querySelector('[data-masked]');
    veil.setAttribute('aria-live', 'polite');
    masked.hidden = true;
    masked.after(node);
    lit.set(veil, { node, timer: setTimeout(() => hide(veil), found.seconds * 1000) });
    eyeOf(veil, true);
  };

  const copyOld = (text) => {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'sr';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (!done) throw new Error('O navegador não deixou copiar. Revele o dado e copie à mão.');
  };

  // The clipboard wants the click itself: it is given a promise at once, not a value later.
  const copy = async (value) => {
    if (navigator.clipboard && window.ClipboardItem) {
      const blob = Promise.resolve(value).then((text) => new Blob([text], { type: 'text/plain' }));
      blob.catch(() => {});
      try {
        await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
        return;
      } catch { await value; }
    }
    copyOld(await value);
  };

  const does = {
    eye: async (button, veil) => (lit.has(veil) ? hide(veil) : show(veil, await fetchValue(button))),
    mail: async (button, veil) => {
      const found = await fetchValue(button);
      show(veil, found);
      location.href = found.mailto;
    },
    copy: async (button) => {
      const value = fetchValue(button).then((found) => found.value);
      await copy(value);
      await value;
      espelho.say('Copiado');
    },
    'copy-text': async (button) => {
      await copy((around(button) ?? button.parentElement).querySelector('[data-copy-text]').textContent);
      espelho.say('ID copiado');
    },
  };

  addEventListener('click', async (event) => {
    const button = event.target.closest('[data-do]');
    if (!button) return;
    event.preventDefault();
    const menu = button.closest('.menu');
    if (menu) { menu.open = false; menu.querySelector('summary').focus(); }
    if (button.ariaBusy === 'true') return;
    button.ariaBusy = 'true';
    try { await does[button.dataset.do](button, veilOf(button)); } catch (problem) {
      espelho.say(problem instanceof TypeError ? 'Sem conexão com o Espelho. Tente de novo.' : problem.message);
    } finally { button.ariaBusy = null; }
  });

  const hideAll = () => [...lit.keys()].forEach(hide);
  addEventListener('pagehide', hideAll);
  addEventListener('beforeprint', hideAll);
  espelho.anyLit = () => lit.size > 0;
})();
