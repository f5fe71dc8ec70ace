import { becomeLean } from '../../lib/host/lean'

// Each file of tests has a process of its own.
becomeLean()
