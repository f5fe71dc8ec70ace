export { readClaims } from './claims'
export { createTokenSource } from './token-source'
