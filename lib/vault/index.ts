export { createVault, type SealingKey } from './vault'
