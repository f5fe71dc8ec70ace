import { becomeLean } from '../../lib/host/lean'

// Each test file runs in a separate process.
becomeLean()
