export { createClientAssertions, type IdentityService } from './client-assertions'
export { createDirectory } from './graph'
export { createTokenCache } from './token-cache'
export { createTokenSource } from './token-source'
