import { FAULTS } from './generated/faults/codes'
import { recordOf } from './records'

/** Whether the outbox retries automatically: `later` after hours only, `settling` for up to two hours after a change at Microsoft. */
export type Retry = 'no' | 'yes' | 'later' | 'settling'

/**
 * What a fault says about the mail server, for its failover server (docs/decisions/0016).
 *
 * - `connection`: the server is not reached, or does not let us log in. It is the server's fault only before any message has begun.
 * - `server`: it refuses all our messages, at whatever stage.
 * - `rate`: it asks us to send more slowly. A second mail server would only hide that.
 * - `block`: it takes us for a sender of spam. Another server must not lose its good reputation as well.
 * - `message`: this sender, recipient or content.
 */
export type Concern = 'connection' | 'server' | 'rate' | 'block' | 'message'

/** One name for each fault (docs/faults). It is a public contract of JSON answers, logs and `/help/<code>`. */
export type DiagnosisCode = keyof typeof FAULTS
export const DIAGNOSIS_CODES = Object.keys(FAULTS) as DiagnosisCode[]

export const RETRY_OF = recordOf<DiagnosisCode, Retry>(DIAGNOSIS_CODES, (code) => FAULTS[code].retry)
export const CONCERN_OF = recordOf<DiagnosisCode, Concern>(DIAGNOSIS_CODES, (code) => FAULTS[code].concern)
