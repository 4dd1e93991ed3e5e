// The base on Kubernetes 1.36.
import { holdsOn } from './versions.ts'

const test = await holdsOn('1.36')
test.run()
