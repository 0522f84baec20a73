// One line at the bottom that says what just happened, and how to ask the server for something.
const espelho = (() => {
  const line = document.getElementById('toast');
  let timer;
  const say = (text) => {
    line.textContent = text;
    line.classList.add('on');
    clearTimeout(timer);
    timer = setTimeout(() => line.classList.remove('on'), 4000);
  };
  const toLogin = () => location.assign(`/entrar?para=${encodeURIComponent(location.pathname + location.search)}`);
  const ask = async (url, options = {}) => {
    const answer = await fetch(url, { headers: { Accept: 'application/json' }, credentials: 'same-origin', ...options });
    if (answer.status === 401) { toLogin(); throw new Error('Sessão encerrada: entre de novo.'); }
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(body.error || 'Não foi possível concluir. Tente de novo.'), { status: answer.status, confirm: body.confirm });
    return body;
  };
  return { say, ask };
})();
