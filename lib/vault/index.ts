export { createVault, type SealingKey, VaultWithoutKeys } from './vault'
