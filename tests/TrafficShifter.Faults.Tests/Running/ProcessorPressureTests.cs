using TrafficShifter.Faults.Running;

namespace TrafficShifter.Faults.Tests.Running;

public sealed class ProcessorPressureTests
{
    [Fact]
    public void The_time_is_that_of_the_first_line() =>
        ProcessorPressure.Parse("some avg10=84.35 avg60=75.76 avg300=73.46 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n").ShouldBe(TimeSpan.FromSeconds(2.5));

    [Fact]
    public void What_is_something_else_is_not_known() => ProcessorPressure.Parse("none").ShouldBeNull();
}
