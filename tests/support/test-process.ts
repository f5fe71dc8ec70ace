import 'next/dist/server/node-environment-baseline'
import { becomeLean } from '../../lib/host/lean'

// Each test process begins with it, whether it runs one test file or many.
becomeLean()
