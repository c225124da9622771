// The bytes that WebAssembly modules consist of: programs so small that they are put together instruction by instruction.
// Source: WebAssembly Core Specification 2.0, section 5.

// The types of Node 20 do not have it.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** Instructions, one after the other. */
export type Code = readonly number[]

/** LEB128, for numbers that are not negative: the last byte is below `limit`, 0x40 where the number could be negative. */
export function leb(n: number, limit = 0x80): number[] {
  return n < limit ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7, limit)]
}

const vector = (items: readonly Code[]): number[] => [...leb(items.length), ...items.flat()]
const section = (id: number, content: Code): number[] => [id, ...leb(content.length), ...content]
const name = (text: string): number[] => [...leb(text.length), ...Array.from(text, (letter) => letter.charCodeAt(0))]

export const i32 = 0x7f, i64 = 0x7e
const empty = 0x40
export const block: Code = [0x02, empty], loop: Code = [0x03, empty], end: Code = [0x0b]
export const get = (local: number): number[] => [0x20, local]
export const set = (local: number): number[] => [0x21, local]
export const tee = (local: number): number[] => [0x22, local]
export const constant = (n: number): number[] => [0x41, ...leb(n, 0x40)]

export interface Program {
  readonly name: string
  readonly parameters: readonly number[]
  readonly results: readonly number[]
  /** Types of the locals that follow the parameters. */
  readonly locals: readonly number[]
  readonly body: Code
}

/** An instance with a memory of its own, of at least `bytes`, exported as `memory` beside the programs. */
export function assemble(programs: readonly Program[], bytes: number): unknown {
  const pages = Math.ceil(bytes / 65_536)
  const codes = programs.map(({ locals, body }) => [...vector(locals.map((type) => [1, type])), ...body, ...end])
  const module = [
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    ...section(1, vector(programs.map(({ parameters, results }) => [0x60, ...leb(parameters.length), ...parameters, ...leb(results.length), ...results]))),
    ...section(3, vector(programs.map((_, i) => [i]))),
    ...section(5, vector([[0, ...leb(pages)]])),
    ...section(7, vector([[...name('memory'), 2, 0], ...programs.map((program, i) => [...name(program.name), 0, i])])),
    ...section(10, vector(codes.map((code) => [...leb(code.length), ...code]))),
  ]
  return new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(module))).exports
}
