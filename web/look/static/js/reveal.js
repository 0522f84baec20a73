// The eye: asks for one value, shows it lit and counting down, and takes it away again.
(() => {
  const lit = new Map();

  // One question in front of the page: what is answered, or nothing shown when it is closed.
  const question = (title, fill) => new Promise((resolve, reject) => {
    const dialog = document.createElement('dialog');
    const head = document.createElement('h2');
    dialog.className = 'question card';
    dialog.setAttribute('aria-labelledby', 'question');
    head.id = 'question';
    head.textContent = title;
    dialog.append(head, ...fill((answer) => { resolve(answer); dialog.close(); }));
    dialog.addEventListener('close', () => { dialog.remove(); reject(new Error('Nada foi mostrado.')); });
    document.body.append(dialog);
    dialog.showModal();
  });

  const pressed = (text, kind, action) => {
    const button = document.createElement('button');
    button.className = kind;
    button.textContent = text;
    button.addEventListener('click', action);
    return button;
  };

  const chosen = (select) => question('Por que você precisa ver?', (answer) => [...select.options]
    .filter((option) => option.value)
    .map((option) => pressed(option.text, 'button', () => answer(option.value))));

  const password = (why) => question('Confirme a senha', (answer) => {
    const form = document.createElement('form');
    const [line, label, input] = ['p', 'label', 'input'].map((name) => document.createElement(name));
    line.textContent = why;
    label.textContent = 'Sua senha';
    label.htmlFor = input.id = 'confirm';
    Object.assign(input, { type: 'password', autocomplete: 'current-password', maxLength: 200, required: true });
    form.append(line, label, input, pressed('Continuar', 'button primary'));
    form.addEventListener('submit', (event) => { event.preventDefault(); answer(input.value); });
    return [form];
  });

  // A reason holds for the visit to one customer; on a list the next row is the next visit.
  let whose;
  const customerOf = (button) => /\/clientes\/(\d+)\//.exec(button.formAction)?.[1];
  const reason = () => document.getElementById('reveal').elements.reason;
  const isGiven = (button) => {
    if (whose && whose !== customerOf(button)) reason().value = '';
    whose = customerOf(button);
    return reason().value !== '';
  };
  const giveReason = async (button) => {
    if (!isGiven(button)) reason().value = await chosen(reason());
  };

  const fetchValue = async (button, confirm) => {
    await giveReason(button);
    const body = new URLSearchParams({ field: button.value, reason: reason().value });
    if (confirm !== undefined) body.set('confirm', confirm);
    try {
      const found = await espelho.ask(button.formAction, { method: 'POST', body });
      document.querySelectorAll('[data-left]').forEach((node) => { node.textContent = found.left; });
      return found;
    } catch (problem) {
      if (!problem.confirm) throw problem;
      return fetchValue(button, await password(problem.message));
    }
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

  const leave = async (button) => { // to another window, or with a file: the form sends itself
    try { await giveReason(button); } catch (problem) { espelho.say(problem.message); return; }
    reason().form.requestSubmit(button);
  };

  addEventListener('click', async (event) => {
    const plain = event.target.closest('button[form="reveal"]:not([data-do])');
    if (plain && !isGiven(plain)) { event.preventDefault(); leave(plain); }
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
