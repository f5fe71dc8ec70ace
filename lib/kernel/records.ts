/** Copies the named members of an object, and no other. */
export const pick = <From extends object, Name extends keyof From>(from: From, ...names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<From, Name>

/** Makes an object with one member of each name. */
export const recordOf = <Name extends string, Value>(names: readonly Name[], member: (name: Name) => Value) =>
  Object.fromEntries(names.map((name) => [name, member(name)])) as Record<Name, Value>
