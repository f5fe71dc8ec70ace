export { type ClaimsVerdict, judgeClaims } from './claims'
export { type Circumstances, type Diagnosis, diagnose } from './diagnose'
