// The base on Kubernetes 1.32.
import { holdsOn } from './versions.ts'

const test = await holdsOn('1.32')
test.run()
