import { provideServices, withdrawServices } from './page-services'
import { person, signedInCookies } from './people'
import { wholeDeployment } from './whole'

const ORIGIN = 'https://post.contoso.example'
const ADMIN = 'admin@contoso.example'

/** A deployment whose actions a test calls as a signed-in administrator: `headers` are those of the administrator's forms. */
export async function adminConsole() {
  const deployment = await wholeDeployment({ POSTROOM_BASE_URL: ORIGIN, POSTROOM_SECOND_FACTOR: 'none' })
  const { fresh, services } = deployment
  provideServices(services)
  await person(fresh.db, ADMIN, 'admin')
  const cookie = await signedInCookies(services.signIn, ADMIN)
  const headers = new Headers({ origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded', cookie })
  const close = () => {
    withdrawServices()
    return deployment.close()
  }
  return { fresh, services, headers, close }
}
