// "Did you mean": the nearest word of a list. Source: optimal string alignment distance (Damerau 1964, adjacent swaps count 1).

export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, before[j - 2]! + 1)
      row.push(least)
    }
    before = above
    above = row
  }
  return above[b.length]!
}

/** The candidates within a third of the word's length (at least one letter), nearest first; case is not a difference. */
export function nearest(word: string, candidates: Iterable<string>): string[] {
  const limit = Math.max(1, Math.floor(word.length / 3))
  const found: [number, string][] = []
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance <= limit) found.push([distance, candidate])
  }
  return found.toSorted((a, b) => a[0] - b[0]).map(([, candidate]) => candidate)
}

export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const [first] = nearest(word, candidates)
  return first === undefined ? undefined : `did you mean ${first}?`
}
