/** One variable and what is wrong with it, in a phrase that never repeats a secret. */
export interface EnvironmentFault {
  variable: string
  problem: string
}

export type Variables = Readonly<Record<string, string | undefined>>

/** Thrown while the environment is read, and turned into the fault that `readEnvironment` returns. */
export class Unreadable extends Error {
  constructor(readonly fault: EnvironmentFault) {
    super(fault.problem)
  }
}

export const refuse = (variable: string, problem: string): never => {
  throw new Unreadable({ variable, problem })
}

/** An empty value is most often a substitution that went wrong. */
export function readVariable(variables: Variables, name: string): string | null {
  const value = variables[name]
  if (value === undefined) return null
  return value.trim() === '' ? refuse(name, 'is empty; give it a value or leave it out') : value
}
