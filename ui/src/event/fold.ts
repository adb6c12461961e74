// A long list of switches is folded behind "more".
const UNFOLDED = 8;

/** The switches that a long list shows before "more": all that are on, filled up with the first of the others. */
export function unfolded<T extends { key: string }>(all: readonly T[], on: (key: string) => boolean): readonly T[] {
  if (all.length <= UNFOLDED + 1) return all;
  const off = all.filter((one) => !on(one.key));
  const hidden = new Set(off.slice(Math.max(0, UNFOLDED - (all.length - off.length))));
  return all.filter((one) => !hidden.has(one));
}
