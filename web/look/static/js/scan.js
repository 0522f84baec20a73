// A barcode reader types faster than anybody and ends with Enter: whatever has the focus, that is a
// search and presses nothing. A hand that types where no field is open types into the search box.
(() => {
  const box = document.getElementById('q');
  if (!box) return;
  const GAP_MS = 80; // between two keys of a reader; hands take longer, seven times in a row
  const PAUSE_MS = 1000; // what was typed before it belongs to something else
  const SHORTEST = 6;
  let series = ''; // typed without a pause
  let fast = 0; // how many of its last keys came as from a reader
  let last = -Infinity;
  let touched = null; // the field that the series began in, as it was

  const isField = (node) => node.matches?.('textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])');
  const isPlain = (event) => event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;

  const begin = (node) => {
    series = '';
    touched = node !== box && isField(node) ? { node, value: node.value } : null;
  };

  const search = () => {
    if (touched) touched.node.value = touched.value;
    box.value = series;
    series = '';
    box.form.requestSubmit();
  };

  addEventListener('keydown', (event) => {
    if (event.target.type === 'password') return; // whoever types fast there is no reader
    const since = event.timeStamp - last;
    if (event.key === 'Enter' && since < GAP_MS && fast >= SHORTEST) {
      event.preventDefault();
      event.stopPropagation();
      search();
      return;
    }
    if (!isPlain(event)) return;
    last = event.timeStamp;
    fast = since < GAP_MS ? fast + 1 : 1;
    if (since > PAUSE_MS) begin(event.target);
    if (event.key === ' ' && !series) return; // presses a button or scrolls, as everywhere
    series += event.key;
    if (isField(event.target)) return;
    box.focus();
    if (series.length === 1) box.select();
  }, true);
})();
