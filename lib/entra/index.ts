export { readClaims } from './claims'
export { createProofs } from './deployed-proofs'
export { createTokenKeeper } from './token-keeper'
export { createTokenSource } from './token-source'
