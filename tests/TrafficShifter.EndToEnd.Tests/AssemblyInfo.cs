// Every class starts real servers on real ports, and some measure seconds: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
