/** Reads and sets a value of the whole process. A bundler may load a module more than once, so it is stored outside of modules. */
export function processWide<Value>(name: string) {
  const key = Symbol.for(`postroom.${name}`)
  const global = globalThis as unknown as Record<symbol, Value | undefined>
  const set = (value: Value): void => {
    global[key] = value
  }
  return [() => global[key], set] as const
}
