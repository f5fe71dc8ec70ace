/** Values that a form posts along with what is typed, by the name of their field. */
export const Hidden = (values: Readonly<Record<string, string | number>>) =>
  Object.entries(values).map(([name, value]) => <input key={name} type="hidden" name={name} value={value} />)
