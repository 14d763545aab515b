function splitQuery(query) {
  const known = new Set([...Object.keys(Search._index.terms), ...Object.keys(Search._index.titleterms)]);
  const cut = (run) => {
    // cheapest[i]: fewest words that make up the first i signs; a sign in no word counts double
    const cheapest = [0];
    const from = [0];
    for (let end = 1; end <= run.length; end++) {
      cheapest[end] = Infinity;
      for (let start = Math.max(0, end - 12); start < end; start++) {
        const word = run.slice(start, end);
        const cost = cheapest[start] + (known.has(word) ? 1 : word.length === 1 ? 2 : Infinity);
        if (cost < cheapest[end]) [cheapest[end], from[end]] = [cost, start];
      }
    }
    const words = [];
    for (let end = run.length; end; end = from[end]) words.unshift(run.slice(from[end], end));
    return words.filter((word) => known.has(word) || run.length === 1);
  };
  return query
    .split(/[^\p{Letter}\p{Number}_]+/gu)
    .flatMap((part) => part.match(/\p{Script=Han}+|[^\p{Script=Han}]+/gu) || [])
    .flatMap((part) => (/\p{Script=Han}/u.test(part) ? cut(part) : [part]));
}
