// What the data set is and how it is read. One line a key.
// Source: argonne-lcf/dlio_benchmark and mlcommons/DLIO_local_changes, utils/config.py (names and defaults).

import { integer, decimal, integers, oneOf, text, time, yesNo, type Key, type Keys } from './keys.ts'
import {
  compressions, dataLoaders, elementTypes, fileAccesses, formatNames, processContexts, readTypes, samplers, shuffles,
  type Dataset, type ParquetColumn, type Reader,
} from './schema.ts'

const noProcesses = 'worker threads share memory; there are no Python processes'
const columns: Key<readonly ParquetColumn[]> & { readonly fallback: readonly ParquetColumn[] } =
  { kind: 'columns', fallback: [], doc: 'Columns as maps of name, dtype and size. Numbers of size 1 are a column, of a larger size a list; also bool, string, binary (size is its bytes) and list (of float32). Without columns, one column `data` is a list with the whole sample.', origin: 'MLCommons' }

export const datasetKeys: Keys<Dataset, 'hdf5' | 'parquet'> = {
  format: oneOf(formatNames, 'tfrecord', 'Format of the files.'),
  dataFolder: text('./data/', 'Directory or key prefix of the data set, below storage_root; s3://bucket/prefix names all of it.'),
  numFilesTrain: integer(8, 'Files of the training set.'),
  numFilesEval: integer(0, 'Files of the evaluation set.'),
  numSamplesPerFile: integer(1, 'Samples in each file.', { min: 1 }),
  recordLengthBytes: decimal(65_536, 'Size of a sample. Its shape is the largest square with at most so many elements.', { unit: 'bytes' }),
  recordLengthBytesStdev: decimal(0, 'Spread of the size from file to file.', { unit: 'bytes' }),
  recordLengthBytesResize: decimal(0, 'Size after resizing. Concerns only a dummy in memory.', { unit: 'bytes', status: 'quiet' }),
  recordDims: integers('Shape of a sample; overrides the record length.', { min: 1 }),
  recordElementType: oneOf(elementTypes, 'uint8', 'Element type of a sample.'),
  recordElementBytes: integer(4, 'Bytes of an element. Always that of record_element_type.', { unit: 'bytes', status: 'quiet' }),
  numSubfoldersTrain: integer(0, 'Subfolders the training files are dealt to; 0 and 1 are flat.'),
  numSubfoldersEval: integer(0, 'Subfolders the evaluation files are dealt to; 0 and 1 are flat.'),
  filePrefix: text('img', 'Beginning of every file name.'),
  compression: oneOf(compressions, 'none', 'Compression inside the files, where the format has one.'),
  compressionLevel: integer(4, 'Level of gzip.', { max: 9 }),
  enableChunking: yesNo(false, 'Chunked HDF5 in DLIO before 2.0.', { status: 'inert', why: 'current DLIO ignores it; use dataset.hdf5.chunk_dims' }),
  chunkSize: integer(0, 'Chunk size in DLIO before 2.0.', { unit: 'bytes', status: 'inert', why: 'current DLIO ignores it; use dataset.hdf5.chunk_dims' }),
  keepFiles: yesNo(true, 'Keep the data set after the run.', { status: 'unsupported', why: 'a run never deletes its data set' }),
  generationBufferSize: integer(2_147_483_648, 'Write buffer of indexed_binary.', { unit: 'bytes', status: 'quiet' }),
  dataGenMethod: text(undefined, 'Source of the content.', { origin: 'MLCommons', status: 'inert', why: 'content is a function of seed, file and sample, so that it can be verified' }),
  skipListing: yesNo(false, 'Make up the file names instead of listing them.', { origin: 'MLCommons', status: 'unsupported', why: 'files are always listed: sizes and ETags come from the listing' }),
  listingValidationInterval: integer(1000, 'With skip_listing, every so many names one is looked up; 0 is never.', { origin: 'MLCommons', status: 'quiet' }),
  hdf5: {
    numDsetPerRecord: integer(1, 'Data sets of an HDF5 file that each hold the same array; divides record_dims[0].', { min: 1 }),
    chunkDims: integers('Shape of the chunks of HDF5 files, samples per file first; without it, one piece, or chunks as h5py chooses them where there must be some.', { min: 1 }),
    maxShape: integers('Largest shape a sample of an HDF5 file may be resized to.'),
  },
  parquet: {
    columns,
    rowGroupSize: integer(1024, 'Rows per row group.', { min: 1, origin: 'MLCommons' }),
    partitionBy: text(undefined, 'Column to partition by.', { origin: 'MLCommons', status: 'unsupported', why: 'files are not partitioned: each has the name that readers expect' }),
    generationBatchSize: integer(0, 'Rows generated per write, which begins new row groups; 0 is row_group_size.', { origin: 'MLCommons' }),
    useS3dlioGen: yesNo(false, 'Generate with another library.', { origin: 'MLCommons', status: 'inert', why: 'files are written by this program alone' }),
  },
}

export const readerKeys: Keys<Reader> = {
  dataLoader: oneOf(dataLoaders, 'tensorflow', 'Data loader that is imitated. Without it, the one of the framework. All share one engine.'),
  batchSize: integer(1, 'Samples per step of one accelerator.', { min: 1 }),
  batchSizeEval: integer(1, 'Samples per evaluation step of one accelerator.', { min: 1 }),
  readThreads: integer(1, 'Batches that are read at the same time for one accelerator, each one object after another; 0: a batch is read when it is asked for.'),
  writeThreads: integer(1, 'Files written at a time while generating; 1 is chosen automatically.', { min: 1, origin: 'MLCommons' }),
  computationThreads: integer(1, 'Parallel calls of TensorFlow\'s map.', { status: 'inert', why: 'samples are decoded in the thread that fetched them' }),
  prefetchSize: integer(2, 'Batches read ahead per accelerator.'),
  fileShuffle: oneOf(shuffles, 'off', 'Order of the files: as listed, shuffled by seed, or shuffled differently each time.'),
  sampleShuffle: oneOf(shuffles, 'off', 'Order of the samples: as stored, shuffled by seed, or shuffled differently each time.'),
  shuffleSize: integer(1024, 'Shuffle buffer of TensorFlow.', { status: 'inert', why: 'shuffling is over the whole data set' }),
  readType: oneOf(readTypes, 'on_demand', 'Keep opened files in memory, or read them anew.', { status: 'unsupported', why: 'objects are read anew in each epoch' }),
  fileAccess: oneOf(fileAccesses, 'multi', 'DLIO reads this key and never uses it.', { status: 'quiet' }),
  transferSize: integer(undefined, 'Read buffer of TensorFlow.', { unit: 'bytes', status: 'inert', why: 'objects are read whole or by exact ranges' }),
  preprocessTime: time('Simulated preprocessing of one sample.'),
  dontUseMmap: yesNo(false, 'Option of DALI.', { status: 'inert', why: 'there is no memory map over S3' }),
  odirect: yesNo(false, 'Read local files around the page cache.', { status: 'unsupported', why: 'local files are read through the page cache' }),
  pinMemory: yesNo(true, 'Option of PyTorch.', { status: 'inert', why: 'there is no accelerator memory to copy to' }),
  multiprocessingContext: oneOf(processContexts, undefined, 'Option of PyTorch.', { status: 'inert', why: noProcesses }),
  dataLoaderClassname: text(undefined, 'Data loader of one\'s own.', { pythonClass: true, status: 'unsupported', why: 'the built-in loader is used' }),
  dataLoaderSampler: oneOf(samplers, undefined, 'How samples are dealt to accelerators.', { status: 'unsupported', why: 'samples are dealt by index, in contiguous slices', sameAs: 'index' }),
  readerClassname: text(undefined, 'A format of one\'s own instead of that of dataset.format: a JavaScript module, looked for beside the workload file and then in the current directory, that exports a `Format`. It runs with all rights of this program.', { pythonClass: true }),
  transformedRecordDims: integers('Shape of the sample handed to the framework.', { status: 'quiet' }),
  transformedRecordElementType: oneOf(elementTypes, 'uint8', 'Element type of the sample handed to the framework.', { status: 'quiet' }),
}
