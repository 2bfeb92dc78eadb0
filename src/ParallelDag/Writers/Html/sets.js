// Sets of numbers as people write them: "0-3,8", as ranges [[0, 3], [8, 8]].
const parsed = new Map();
function parseSet(text) {
  if (text === null || text === undefined || text === "") return [];
  let ranges = parsed.get(text);
  if (!ranges) {
    ranges = text.split(",").map(part => {
      const [first, last] = part.split("-").map(Number);
      return [first, last ?? first];
    });
    parsed.set(text, ranges);
  }
  return ranges;
}

const meets = (a, b) => a.some(([low, high]) => b.some(([first, last]) => low <= last && high >= first));
const has = (ranges, number) => number !== null && number !== undefined && ranges.some(([low, high]) => number >= low && number <= high);
const sizeOf = ranges => ranges.reduce((sum, [low, high]) => sum + high - low + 1, 0);
const textOf = ranges => ranges.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(",");

// The union of many sets, in order and without overlaps.
function union(sets) {
  const all = sets.flat().sort((a, b) => a[0] - b[0]), result = [];
  for (const [low, high] of all) {
    const last = result[result.length - 1];
    if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else result.push([low, high]);
  }
  return result;
}
