// One stack and one browser: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
