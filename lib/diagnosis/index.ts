export { judgeClaims } from './claims'
export { type SetUpRecipe, setUpCommands } from './commands'
export { diagnose } from './diagnose'
export type { Diagnosis } from './diagnosis'
export { type KnownFacts, knownFacts, type RemedyFacts } from './facts'
export { codesOfGroup, DIAGNOSIS_GROUPS, isDiagnosisCode } from './groups'
export { diagnoseInternalError } from './internal-error'
export {
  connectExchange,
  connectGraph,
  EXCHANGE_APP_ID,
  FIND_SEND_AS_APP,
  GRANT_SEND_AS_APP,
  odataEquals,
  RBAC_NAME_BEGINS,
  RBAC_ROLE,
  SEND_AS_APP,
} from './microsoft'
export { type PortalLabel, pageIn } from './portal'
export { commentLines, isQuotable, powershellString, shellString } from './powershell'
export { PASTED_CHARS_MAX } from './recognise'
export { permissionCommands, type Remedy, remedy } from './remedy'
export { search } from './search'
export { signaturesOf } from './signatures'
