import type { Logger } from '../kernel/log'
import { fail, ok, type Result } from '../kernel/result'
import { readEnvironment } from '../wiring/environment'
import { DatabaseUnavailable, ensurePostgres } from './embedded-postgres'
import { prepareSecrets } from './first-secrets'

type Variables = Readonly<Record<string, string | undefined>>

export interface Attached {
  /** What the environment lacks to be whole. */
  variables: Record<string, string>
  release(): Promise<void>
}

/** A command's way to the data: the given database, else the embedded one, adopted when it runs and started when not. */
export async function attachDatabase(
  variables: Variables,
  log: Logger,
  say: (line: string) => void,
): Promise<Result<Attached, string>> {
  const secrets = prepareSecrets(variables)
  if (!secrets.ok) return fail(`${secrets.error.variable} ${secrets.error.problem}`)
  const environment = readEnvironment({ ...variables, ...secrets.value.variables })
  if (!environment.ok) return fail(`${environment.error.variable} ${environment.error.problem}`)
  for (const { variable, problem } of environment.value.reports) say(`${variable} ${problem}`)
  const { databaseUrl, dataDir } = environment.value
  if (databaseUrl !== null) return ok({ variables: secrets.value.variables, release: async () => {} })
  try {
    const server = await ensurePostgres(dataDir, log)
    return ok({
      variables: { ...secrets.value.variables, DATABASE_URL: server.url.reveal() },
      release: () => server.stop(),
    })
  } catch (thrown) {
    if (thrown instanceof DatabaseUnavailable) return fail(thrown.message)
    throw thrown
  }
}
