namespace TrafficShifter.Faults.Running;

/// <summary>Which rollbacks come in the middle of a fault, as the round's seed says.</summary>
/// <param name="IsOfAll">Every application is rolled back by one call, instead of two applications by a call each. Every third round, more or less.</param>
/// <param name="IsWrongFirst">A rollback of all to green comes just before: somebody chose the wrong colour. In half of what would be of all, more or less.</param>
/// <param name="First">The api that is asked for what comes first, when it answers.</param>
/// <param name="IsSameApi">What comes after the wrong one is asked of the api which took that.</param>
internal sealed record EmergencyPlan(bool IsOfAll, bool IsWrongFirst, int First, bool IsSameApi)
{
    /// <param name="clocks">What is known of the clocks of the two apis.</param>
    public static EmergencyPlan Of(int seed, Clocks clocks)
    {
        var random = new Random(seed);
        var (isOfAll, isWrongFirst) = (random.Next(3) == 0, random.Next(2) == 0);
        if (!isOfAll || !isWrongFirst || clocks == Clocks.Apart) return new EmergencyPlan(isOfAll, IsWrongFirst: false, First: 0, IsSameApi: true);
        var (goesBackAtOnce, first, isSameApi) = (random.Next(2) == 0, random.Next(2), random.Next(2) == 0);
        return new EmergencyPlan(goesBackAtOnce, IsWrongFirst: true, first, isSameApi || clocks == Clocks.WereApart);
    }
}

/// <summary>Whether two apis that do not hear of each other agree on which of two rollbacks came later: the ids follow their clocks.</summary>
internal enum Clocks
{
    /// <summary>They tell the same time, and always did.</summary>
    Together,

    /// <summary>They do, but a rollback was given while one was ahead: until its time has come each api counts on from that one, by itself.</summary>
    WereApart,

    /// <summary>A fault moves them.</summary>
    Apart,
}
