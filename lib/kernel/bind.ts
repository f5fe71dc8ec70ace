type Bound<F> = F extends (deps: never, ...args: infer A) => infer R ? (...args: A) => R : never

/**
 * Binds operations to what they need, so that a service is declared by its functions alone.
 *
 * @param operations functions that take `deps` first
 * @returns the same functions without that parameter
 * @example bind(deps, { save }).save(caller, input) // calls save(deps, caller, input)
 */
export function bind<D, T extends Record<string, (deps: D, ...args: never[]) => unknown>>(
  deps: D,
  operations: T,
): { [K in keyof T]: Bound<T[K]> } {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [name, (...args: never[]) => operation(deps, ...args)]),
  ) as { [K in keyof T]: Bound<T[K]> }
}
