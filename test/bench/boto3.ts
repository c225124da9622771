// What a Python program does without a framework: boto3 gets an NPZ object, NumPy decodes it, one after the other in one thread.

import { cleanEnvironment, toolOutput } from './child.ts'
import { bucket } from './built-in-server.ts'
import { ratesOf, type Counts, type Sample } from './case.ts'
import type { Served } from './served.ts'
import type { Tool } from './tools.ts'

const program = `
import io, json, sys, time
import boto3, numpy
from botocore.config import Config

task = json.loads(sys.argv[1])
client = boto3.client('s3', endpoint_url=task['endpoint'], region_name=task['region'], aws_access_key_id=task['id'], aws_secret_access_key=task['secret'],
    config=Config(s3={'addressing_style': 'path'}, retries={'total_max_attempts': 1}))
pages = client.get_paginator('list_objects_v2').paginate(Bucket=task['bucket'], Prefix=task['prefix'])
keys = [entry['Key'] for page in pages for entry in page.get('Contents', [])]

def turn(seconds):
    requests = size = 0
    begin, cpu = time.perf_counter(), time.process_time()
    while time.perf_counter() - begin < seconds:
        body = client.get_object(Bucket=task['bucket'], Key=keys[requests % len(keys)])['Body'].read()
        numpy.load(io.BytesIO(body))['x']
        requests += 1
        size += len(body)
    return {'requests': requests, 'bytes': size, 'wallSeconds': time.perf_counter() - begin, 'cpuSeconds': time.process_time() - cpu}

turn(max(0.5, task['seconds'] / 4))
print(json.dumps(turn(task['seconds'])))
`

/** The objects whose key begins with `prefix`, in key order, again and again. */
export async function boto3Sample({ file }: Tool, { endpoint, region, credentials }: Served, { prefix, seconds }: { prefix: string; seconds: number }): Promise<Sample> {
  const task = { endpoint, region, id: credentials.accessKeyId, secret: credentials.secretAccessKey, bucket, prefix, seconds }
  return ratesOf(JSON.parse(await toolOutput(file, ['-c', program, JSON.stringify(task)], cleanEnvironment())) as Counts)
}
