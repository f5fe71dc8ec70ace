export { createVault } from './vault'
