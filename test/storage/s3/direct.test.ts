import { speaksHttp } from './http-conformance.ts'

speaksHttp('direct')
