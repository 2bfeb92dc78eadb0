using ParallelDag.Graphs;
using ParallelDag.Simulation;

namespace ParallelDag.Tests.Simulation;

/// <summary>Both schedules as their definitions say them, instant by instant, without any queue: the oracle of the fast ones.</summary>
internal static class NaiveSimulator
{
    /// <summary>
    /// When each action ends if every stream runs its actions in a given order: each instant starts whatever is next on all its
    /// streams.
    /// </summary>
    public static long[] Sequential(ActionSet actions, int[] order) =>
        Run(actions, (action, started) => order.TakeWhile(other => other != action)
            .All(other =>
                started[other] || !RandomActions.StreamsOf(actions, other).Intersect(RandomActions.StreamsOf(actions, action)).Any()));

    /// <summary>
    /// When each action ends if it starts as soon as it is ready, its streams are idle and no preferred action waits for one of them.
    /// </summary>
    public static long[] Overlapped(ActionSet actions)
    {
        int[] places = new int[actions.Count];
        for (int place = 0; place < places.Length; place++)
            places[actions.Preference?[place] ?? place] = place;
        return Run(actions, null, places);
    }

    private static long[] Run(ActionSet actions, Func<int, bool[], bool>? isNext, int[]? places = null)
    {
        int count = actions.Count;
        long[] finish = new long[count];
        bool[] started = new bool[count];
        for (long now = 0; started.Contains(false); now++)
        {
            // Actions of no duration let others begin at the same instant: look until nothing begins any more, without starting what only a
            // later look finds before what an earlier one does.
            for (bool again = true; again;)
            {
                int[] ready = [.. Enumerable.Range(0, count).Where(action => !started[action] && actions.Dependencies.In(action).ToArray()
                    .All(link => (actions.IgnoresOrder && Topology.Kind(link) == EdgeKind.Order)
                        || (started[Topology.Node(link)] && finish[Topology.Node(link)] <= now)))];
                int[] instant = [.. ready.Where(action => RandomActions.StreamsOf(actions, action).Length == 0)];
                int[] starting = instant.Length > 0
                    ? instant
                    : [.. ready.Where(action => Idle(action, now) && (isNext?.Invoke(action, started)
                    ?? ready.All(other => places![other] >= places[action] || !Shares(action, other))))];
                foreach (int action in starting)
                {
                    started[action] = true;
                    finish[action] = now + actions.DurationOf(action);
                }

                again = starting.Length > 0;
            }
        }

        return finish;

        bool Shares(int action, int other) =>
            RandomActions.StreamsOf(actions, action).Intersect(RandomActions.StreamsOf(actions, other)).Any();

        bool Idle(int action, long now) =>
            !Enumerable.Range(0, count).Any(other => started[other] && finish[other] > now && other != action && Shares(action, other));
    }
}
