/** An object with one member of each name. */
export const recordOf = <Name extends string, Value>(
  names: readonly Name[],
  member: (name: Name) => Value,
): Record<Name, Value> => Object.fromEntries(names.map((name) => [name, member(name)])) as Record<Name, Value>
