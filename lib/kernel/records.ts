/** The named members of an object, and no other: what is not named stays where it is. */
export const pick = <From extends object, Name extends keyof From>(
  from: From,
  ...names: readonly Name[]
): Pick<From, Name> => Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<From, Name>

/** An object with one member of each name. */
export const recordOf = <Name extends string, Value>(
  names: readonly Name[],
  member: (name: Name) => Value,
): Record<Name, Value> => Object.fromEntries(names.map((name) => [name, member(name)])) as Record<Name, Value>
