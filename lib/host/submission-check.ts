import { createSecureContext } from 'node:tls'
import { pemOfFile } from '../config/bytes-of-file'
import type { Environment, SubmissionPlace } from '../config/environment'
import type { EnvironmentFault } from '../config/environment-fault'
import { messageOf } from '../kernel'
import { listenOnce } from './listen-once'

type CertificateFiles = NonNullable<SubmissionPlace['certificate']>

/** The certificate of the listener and its key. @throws if they do not belong together, or cannot be read */
export function readCertificateFiles(files: CertificateFiles): { cert: string; key: string } {
  const texts = textsOf(files)
  createSecureContext(texts)
  return texts
}

/** An empty file becomes a blank, which Node refuses. It takes an empty text for none, and then no client could encrypt its connection. */
const certOf = ({ certFile }: CertificateFiles) => ({ cert: pemOfFile(certFile) || ' ' })
const keyOf = ({ keyFile }: CertificateFiles) => ({ key: pemOfFile(keyFile) || ' ' })
const textsOf = (files: CertificateFiles) => ({ ...certOf(files), ...keyOf(files) })

/** Why the listener could not start, known before anything else is started. */
export async function submissionFault({ submission }: Pick<Environment, 'submission'>) {
  if (!submission) return null
  const unusable = submission.certificate && certificateFault(submission.certificate)
  if (unusable) return unusable
  for (const port of Object.values(submission.ports)) {
    const listened = await listenOnce(port, submission.listen)
    if (listened.ok) continue
    if (listened.error === 'EADDRNOTAVAIL')
      return { variable: 'POSTROOM_SUBMISSION_LISTEN', problem: `is no address of this machine: ${submission.listen}` }
    return { variable: 'POSTROOM_SUBMISSION_PORTS', problem: portProblem(port, listened.error) }
  }
  return null
}

function certificateFault(files: CertificateFiles): EnvironmentFault | null {
  const [variable, keyVariable] = ['POSTROOM_SUBMISSION_CERT_FILE', 'POSTROOM_SUBMISSION_KEY_FILE']
  const used = (of: typeof textsOf | typeof certOf | typeof keyOf) => () => createSecureContext(of(files))
  for (const [of, problem, check] of [
    [variable, 'cannot be read', () => pemOfFile(files.certFile)],
    [keyVariable, 'cannot be read', () => pemOfFile(files.keyFile)],
    [variable, 'holds no certificate in PEM form that can be used', used(certOf)],
    [keyVariable, 'holds no PEM key without a passphrase that can be used', used(keyOf)],
    [variable, `does not belong to the key of ${keyVariable}`, used(textsOf)],
  ] as const)
    try {
      check()
    } catch (thrown) {
      return { variable: of, problem: `${problem}: ${messageOf(thrown).replace(/\s+/g, ' ')}` }
    }
  // One that has expired is used with a warning. Without a start there would be no alert that names it.
  return null
}

const portProblem = (port: number, fault: string): string => {
  if (fault === 'EADDRINUSE') return `${port} is in use by another program`
  return fault === 'EACCES'
    ? `${port} needs a right that this user does not have (docs/installing.md, Ports for clients)`
    : `${port} cannot be listened on (${fault})`
}
