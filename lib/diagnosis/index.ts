export { type ClaimsVerdict, judgeClaims } from './claims'
export { type Circumstances, type Diagnosis, diagnose } from './diagnose'
export type { RemedyFacts } from './facts'
export { type Remedy, remedy } from './remedy'
