# Get-ParallelDag, Get-DagNode, Get-DagEdge, Test-DagAcyclic, Find-DagCycle, Test-ParallelDag, Import-ParallelDag, Show-ParallelDag.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    $plan = New-DeploymentPlan ./examples/llm_parallel.yaml
    $dag = $plan | Get-ParallelDag
    Set-Content ./loop.dot 'digraph { a -> b -> c -> b; API -> a }'
    Set-Content ./line.dot 'digraph line { a -> b -> c }'
}

AfterAll { Exit-Scratch $scratch }

Describe 'Get-ParallelDag' {
    It 'gives one DAG per plan' {
        $dags = @($plan, './examples/llm_parallel.yaml' | Get-ParallelDag)
        $dags.Count | Should -Be 2
        $dags | Should -BeOfType ParallelDag.Dag
        $dags[0].NodeCount | Should -Be $dags[1].NodeCount
    }

    It 'shows the GPUs of the reference plan' {
        ($dag.Phases | Where-Object Phase -eq 'Prefill').Gpus.Count | Should -Be 64
        ($dag.Phases | Where-Object Phase -eq 'Decode').Gpus.Count | Should -Be 32
        ($dag.Phases[0].Stages | ForEach-Object { $_.Gpus.ToString() }) | Should -Be @('0-15', '16-31', '32-47', '48-63')
    }

    It 'grows with the level of detail' {
        $overview = ($plan | Get-ParallelDag -Detail Overview).NodeCount
        $device = ($plan | Get-ParallelDag -Detail Device).NodeCount
        $overview | Should -BeLessThan $dag.NodeCount
        $device | Should -BeGreaterThan $dag.NodeCount
    }

    It 'takes one phase' {
        ($plan | Get-ParallelDag -Phase Decode).Phases.Phase | Should -Be Decode
        (Get-Fault { New-DeploymentPlan -Model $plan.Model -Cluster $plan.Cluster -Prefill 'pp4 ep4' | Get-ParallelDag -Phase Decode }).FullyQualifiedErrorId | Should -Match '^ArgumentFault,'
    }

    It 'says what it decides' {
        $words = $plan | Get-ParallelDag -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] }
        "$words" | Should -Match 'stage 1: layers 1-4 on GPUs 0-15'
    }
}

Describe 'Get-DagNode' {
    It 'gives the same for a pipeline and for arrays of filters, in order' {
        $all = $dag | Get-DagNode
        $all.Count | Should -Be $dag.NodeCount
        $all[0].Index | Should -Be 0
        ($dag | Get-DagNode -Stage 1, 2).Count | Should -Be (@($dag | Get-DagNode -Stage 1) + @($dag | Get-DagNode -Stage 2)).Count
    }

    It 'filters as Where-Object would: <Name>' -ForEach @(
        @{ Name = 'operator'; Filter = @{ Op = 'attention' }; By = { $_.Op -eq 'attention' } }
        @{ Name = 'pattern'; Filter = @{ Op = '*GATHER' }; By = { $_.Op -like '*gather' } }
        @{ Name = 'kind'; Filter = @{ Kind = 'Routing', 'aggr*' }; By = { $_.Kind -in 'Routing', 'Aggregation' } }
        @{ Name = 'phase'; Filter = @{ Phase = 'Decode' }; By = { $_.Phase -eq 'Decode' } }
        @{ Name = 'stage'; Filter = @{ Stage = 3 }; By = { $_.Stage -eq 3 } }
        @{ Name = 'layers'; Filter = @{ Layer = 2..4 }; By = { $_.Layer -in 2..4 } }
        @{ Name = 'GPU'; Filter = @{ Gpu = 5 }; By = { $_.Gpus.Contains(5) } }
        @{ Name = 'GPUs'; Filter = @{ Gpu = '16-17,63' }; By = { $_.Gpus.Contains(16) -or $_.Gpus.Contains(17) -or $_.Gpus.Contains(63) } }
        @{ Name = 'all at once'; Filter = @{ Op = 'experts'; Phase = 'Prefill'; Layer = 1; Gpu = 0 }; By = { $_.Op -eq 'experts' -and $_.Phase -eq 'Prefill' -and $_.Layer -eq 1 -and $_.Gpus.Contains(0) } }
    ) {
        $expected = @($dag.Nodes | Where-Object $By)
        $expected.Count | Should -BeGreaterThan 0
        @($dag | Get-DagNode @Filter).Id | Should -Be $expected.Id
    }

    It 'finds ids without regard to case and prints them as they are' {
        $graph = Import-ParallelDag ./loop.dot
        "$($graph | Get-DagNode api)" | Should -BeExactly 'API'
        @($graph | Get-DagNode A*).Count | Should -Be 2
    }

    It 'prefers the exact id where two differ by case only' {
        Set-Content ./case.dot 'digraph { Api -> api }'
        $graph = Import-ParallelDag ./case.dot
        "$($graph | Get-DagNode api)" | Should -BeExactly 'api'
        "$($graph | Get-DagNode Api)" | Should -BeExactly 'Api'
    }

    It 'reports an id that is not there, and only that' {
        $faults = Get-Fault { $script:found = $dag | Get-DagNode $dag.Node(0), nowhere }
        $faults.FullyQualifiedErrorId | Should -Match '^NodeNotFound,'
        $faults.TargetObject | Should -Be 'nowhere'
    }

    It 'streams: the first of many comes at once' {
        $device = $plan | Get-ParallelDag -Detail Device
        $seen = 0
        $first = $device | Get-DagNode | ForEach-Object { $seen++; $_ } | Select-Object -First 1
        $first.Index | Should -Be 0
        $seen | Should -Be 1
    }

    It 'walks from node to node' {
        $node = $dag | Get-DagNode | Select-Object -First 1
        $next = @($node.GetSuccessors())[0]
        @($next.GetPredecessors()).Id | Should -Contain $node.Id
    }
}

Describe 'Walking' {
    BeforeAll { $small = 'digraph { s -> a; a -> b; a -> c; b -> d; c -> d; d -> t }' | ConvertFrom-DagDot }

    It 'finds what lies before and behind' {
        ($small | Get-DagNode d -Upstream).Id | Should -Be @('s', 'a', 'b', 'c')
        ($small | Get-DagNode b | Get-DagNode -Downstream).Id | Should -Be @('d', 't')
        ($small | Get-DagNode b, c | Get-DagNode -Predecessor).Id | Should -Be 'a'
        ($small | Get-DagNode a -Successor).Id | Should -Be @('b', 'c')
        ($small | Get-DagNode s -Downstream -Depth 2).Id | Should -Be @('a', 'b', 'c')
        (Get-Fault { $small | Get-DagNode -Upstream }).FullyQualifiedErrorId | Should -Match '^ArgumentFault,'
    }

    It 'gives the edges of nodes, each once' {
        ($small | Get-DagNode b, d | Get-DagEdge | ForEach-Object { "$_" }) | Should -Be @('a -> b', 'b -> d', 'c -> d', 'd -> t')
    }

    It 'numbers waves' { ($small | Get-DagNode).Wave | Should -Be @(0, 1, 2, 2, 3, 4) }

    It 'finds paths' {
        ($small | Get-DagPath s t -Count 5).Count | Should -Be 2
        ($small | Get-DagPath s t).Nodes.Id | Should -Be @('s', 'a', 'b', 'd', 't')
        ($small | Get-DagNode b | Get-DagPath).To | Should -Be 't'
        ($dag | Get-DagPath -Critical).Length | Should -Be (($dag.Nodes.Wave | Measure-Object -Maximum).Maximum + 1)
        (Get-Fault { $small | Get-DagPath nobody }).FullyQualifiedErrorId | Should -Match '^NodeNotFound,'
    }

    It 'finds what every path passes' {
        ($small | Get-DagDominator).Id | Should -Be @('s', 'a', 'd', 't')
        ($small | Get-DagDominator d).Id | Should -Be @('s', 'a')
        ($small | Get-DagNode b | Get-DagDominator -Post).Id | Should -Be @('d', 't')
    }

    It 'shows every knot of a broken drawing' {
        $broken = 'digraph { a -> b -> a; c -> d -> e -> c; b -> c; e -> f; g -> g; h -> i }' | ConvertFrom-DagDot
        ($broken | Get-DagComponent | ForEach-Object NodeCount | Sort-Object) -join ' ' | Should -Be '1 2 3'
        @($broken | Get-DagComponent -All).Count | Should -Be 6
        ($broken | Get-DagComponent -Weak).HasCycle | Should -Be @($true, $true, $false)
        (Get-Fault { $broken | Get-DagPath -Critical }).FullyQualifiedErrorId | Should -Match '^GraphHasCycle,'
        ($broken | Get-DagPath a f).Length | Should -Be 6
        $broken.Nodes[0].Wave | Should -BeNullOrEmpty
    }

    It 'lends the graph to QuikGraph' {
        $graph = $small | ConvertTo-QuikGraph
        $order = [QuikGraph.Algorithms.AlgorithmExtensions]::TopologicalSort[ParallelDag.DagNode, ParallelDag.QuikGraph.DagLink]($graph)
        @($order | Get-DagNode).Count | Should -Be 6
        @($order)[0].Id | Should -Be 's'
    }
}

Describe 'Text' {
    It 'is a graph without a file' {
        'digraph g { a -> b }' | ConvertFrom-DagDot | Test-DagAcyclic | Should -BeTrue
        ($dag | ConvertTo-DagDot | ConvertFrom-DagDot).NodeCount | Should -Be $dag.NodeCount
        ($dag | ConvertTo-DagJson | ConvertFrom-DagJson).EdgeCount | Should -Be $dag.EdgeCount
        'digraph {', 'a -> b', '}' | ConvertFrom-DagDot | ForEach-Object NodeCount | Should -Be 2
        $fault = (Get-Fault { 'digraph { a -> -> b }' | ConvertFrom-DagDot })[0]
        $fault.FullyQualifiedErrorId | Should -Match '^GraphFileFault,'
        "$fault" | Should -Match '^1:16: '
    }
}

Describe 'Get-DagEdge' {
    It 'filters as Where-Object would: <Name>' -ForEach @(
        @{ Name = 'kind'; Filter = @{ Kind = 'gate' }; By = { $_.Kind -eq 'Gate' } }
        @{ Name = 'source'; Filter = @{ Source = 'prefill_l1_*' }; By = { $_.Source -like 'prefill_l1_*' } }
        @{ Name = 'target'; Filter = @{ Target = '*_experts_*' }; By = { $_.Target -like '*_experts_*' } }
        @{ Name = 'stage of either end'; Filter = @{ Stage = 2 }; By = { $_.GetSource().Stage -eq 2 -or $_.GetTarget().Stage -eq 2 } }
        @{ Name = 'operator of either end'; Filter = @{ Op = 'top_k' }; By = { $_.GetSource().Op -eq 'top_k' -or $_.GetTarget().Op -eq 'top_k' } }
    ) {
        $expected = @($dag.Edges | Where-Object $By)
        $expected.Count | Should -BeGreaterThan 0
        @($dag | Get-DagEdge @Filter).Index | Should -Be $expected.Index
    }

    It 'shows a gate edge from each top-2 selection to each expert group of its layer' {
        $gates = @($dag | Get-DagEdge -Kind gate -Layer 1 -Phase Prefill)
        $selections = @($dag | Get-DagNode -Op top_k -Layer 1 -Phase Prefill).Count
        $groups = @($dag | Get-DagNode -Op experts -Layer 1 -Phase Prefill).Count
        $gates.Count | Should -Be ($selections * $groups)
    }
}

Describe 'Test-DagAcyclic' {
    It 'gives one boolean per input: <Name>' -ForEach @(
        @{ Name = 'a DAG'; Script = { $dag | Test-DagAcyclic }; Expected = $true }
        @{ Name = 'a plan'; Script = { $plan | Test-DagAcyclic }; Expected = $true }
        @{ Name = 'a path'; Script = { Test-DagAcyclic ./line.dot }; Expected = $true }
        @{ Name = 'a path with a cycle'; Script = { './loop.dot' | Test-DagAcyclic }; Expected = $false }
        @{ Name = 'a file'; Script = { Get-Item ./loop.dot | Test-DagAcyclic }; Expected = $false }
        @{ Name = '-Path'; Script = { Test-DagAcyclic -Path ./lo?p.dot }; Expected = $false }
        @{ Name = '-LiteralPath'; Script = { Test-DagAcyclic -LiteralPath ./line.dot }; Expected = $true }
    ) {
        $answer = @(& $Script)
        $answer.Count | Should -Be 1
        $answer[0] | Should -BeOfType bool
        $answer[0] | Should -Be $Expected
    }

    It 'answers in the order of its inputs' {
        @('./line.dot', './loop.dot', $dag | Test-DagAcyclic) | Should -Be @($true, $false, $true)
    }
}

Describe 'Find-DagCycle' {
    It 'gives the closed path in order' {
        (Find-DagCycle ./loop.dot) -join ' ' | Should -BeIn @('b c b', 'c b c')
    }

    It 'gives nothing where there is none' {
        $dag | Find-DagCycle | Should -BeNullOrEmpty
    }
}

Describe 'Test-ParallelDag' {
    It 'gives one result per rule, and the reference plan breaks none' {
        $results = $dag | Test-ParallelDag
        $results | Should -BeOfType ParallelDag.CheckResult
        $results.Count | Should -BeGreaterOrEqual 6
        @($results | Where-Object Status -eq 'Fail') | Should -BeNullOrEmpty
        @($results | Where-Object { -not $_.Evidence }) | Should -BeNullOrEmpty
    }

    It 'names the cycle' {
        $result = Test-ParallelDag ./loop.dot -Rule pd001
        $result.Status | Should -Be Fail
        $result.Nodes | Should -Contain 'b'
    }

    It 'chooses rules by pattern, and refuses a rule that does not exist' {
        ($dag | Test-ParallelDag -Rule PD00[12]).Id | Should -Be @('PD001', 'PD002')
        (Get-Fault { $dag | Test-ParallelDag -Rule PD999 }).FullyQualifiedErrorId | Should -Match '^NameUnknown,'
    }

    It 'gives one boolean with -Quiet' {
        @($dag, './loop.dot' | Test-ParallelDag -Quiet) | Should -Be @($true, $false)
    }
}

Describe 'Import-ParallelDag' {
    It 'reads DOT and JSON back: <_>' -ForEach 'Dot', 'Json' {
        $file = $dag | & "Export-Dag$_" -Path "./back.$($_.ToLowerInvariant())" -PassThru
        $back = Import-ParallelDag $file
        $back.NodeCount | Should -Be $dag.NodeCount
        $back.EdgeCount | Should -Be $dag.EdgeCount
        ($back | Test-ParallelDag).Status | Should -Be ($dag | Test-ParallelDag).Status
        ($back | Get-DagNode -Op experts -Layer 1 -Phase Prefill | ForEach-Object { $_.Gpus.ToString() }) | Should -Be ($dag | Get-DagNode -Op experts -Layer 1 -Phase Prefill | ForEach-Object { $_.Gpus.ToString() })
    }

    It 'takes files from the pipeline' {
        (Get-ChildItem ./l*.dot | Import-ParallelDag).Name | Should -Be @('line', 'loop')
    }

    It 'refuses a plan with the cmdlet that reads it' {
        (Get-Fault { Import-ParallelDag ./examples/llm_parallel.yaml })[0].ToString() | Should -Match 'New-DeploymentPlan'
    }
}

Describe 'Show-ParallelDag' {
    It 'counts every node and edge once' {
        $rows = $dag | Show-ParallelDag
        $rows | Should -BeOfType ParallelDag.DagTreeRow
        $rows[0].Nodes | Should -Be $dag.NodeCount
        $rows[0].Edges | Should -Be $dag.EdgeCount
        ($rows | Where-Object Stage | Measure-Object Nodes -Sum).Sum | Should -BeLessOrEqual $dag.NodeCount
        ($rows | Where-Object { $_.Phase -ne $null -and -not $_.Stage } | Measure-Object Nodes -Sum).Sum | Should -Be $dag.NodeCount
    }

    It 'would open a picture or a page, and writes nothing under -WhatIf' -ForEach 'Svg', 'Html' {
        $before = @(Get-ChildItem ([IO.Path]::GetTempPath()) -Filter 'llm_parallel-*').Count
        $dag | Show-ParallelDag -As $_ -WhatIf | Should -BeNullOrEmpty
        @(Get-ChildItem ([IO.Path]::GetTempPath()) -Filter 'llm_parallel-*').Count | Should -Be $before
    }

    It 'draws a tree of phases and stages' {
        $screen = ($dag | Show-ParallelDag | Get-Screen) -join "`n"
        $screen | Should -Match '├─ prefill pp4 ep4 tp2 sp2'
        $screen | Should -Match '│  ├─ stage 1, layers 1-4 +157 +39 +287 0-15'
        $screen | Should -Match '   └─ stage 4, layers 13-16'
    }
}

Describe 'Reports of checks' {
    BeforeAll { Set-Content ./drawn.dot "digraph {`n a -> b`n b -> a`n}" }

    It 'are SARIF over all inputs' {
        $sarif = './drawn.dot', './drawn.dot' | Test-ParallelDag -Rule PD001 -Format Sarif | ConvertFrom-Json
        $sarif.runs.Count | Should -Be 1
        @($sarif.runs[0].results.locations.physicalLocation.region.startLine | Sort-Object -Unique) | Should -Contain 3
    }

    It 'are annotations of GitHub, and JSON' {
        Test-ParallelDag ./drawn.dot -Format GitHub | Should -Match '::error file=.*drawn.dot,line='
        (Test-ParallelDag ./drawn.dot -Rule PD001 -Format Json | ConvertFrom-Json).checks[0].status | Should -Be 'fail'
    }

    It 'count what was not checked as failed where -Strict asks for it' {
        Set-Content ./whole.dot 'digraph { a [label="Input\nGPU: 0\n[b=1]"]; b [label="Output\nGPU: 0\n[b=1]"]; a -> b }'
        Test-ParallelDag ./whole.dot -Quiet | Should -BeTrue
        Test-ParallelDag ./whole.dot -Quiet -Strict | Should -BeFalse
        ([xml] (Test-ParallelDag ./whole.dot -Format JUnit -Strict)).testsuites.testsuite.failures | Should -BeGreaterThan 0
    }

    It 'name what a drawing lacks of its plan' {
        $difference = Test-ParallelDag ./drawn.dot -Plan $plan -Rule PD027
        $difference.Status | Should -Be 'Fail'
        $difference.Evidence | Should -Match 'QKV Projection not drawn, add it on GPUs'
        ($plan | Test-ParallelDag -Plan $plan).Status | Should -Not -Contain 'Fail'
        (Test-ParallelDag ./drawn.dot).Id | Should -Not -Contain 'PD027'
        { Test-ParallelDag ./drawn.dot -Plan ./drawn.dot } | Should -Throw -ErrorId 'InputNotSupported,*'
    }

    It 'are JUnit' { ([xml] (Test-ParallelDag ./drawn.dot -Format JUnit)).testsuites.testsuite.failures | Should -BeGreaterThan 0 }
}

Describe 'Highlight' {
    It 'marks nodes of a path' {
        $small = 'digraph { s -> a; a -> b; a -> c; b -> t; c -> t }' | ConvertFrom-DagDot
        $svg = $small | ConvertTo-DagSvg -Highlight ($small | Get-DagPath s t).Nodes
        $svg | Should -Match 'highlighted'
        $svg | Should -Not -Match 'breaks'
        ($small | ConvertTo-DagSvg) | Should -Not -Match 'highlighted'
        (Get-Fault { 'digraph { x -> y }' | ConvertFrom-DagDot | ConvertTo-DagSvg -Highlight ($small | Get-DagNode s) }).FullyQualifiedErrorId | Should -Match '^NodeNotFound,'
    }
}

Describe 'New-ParallelDag' {
    It 'makes a graph of <Kind>' -ForEach @(
        @{ Kind = 'hashtables'; In = { @{ From = 'a'; To = 'b' }, @{ From = 'b'; To = 'c' } } }
        @{ Kind = 'rows of a table'; In = { 'Source,Target', 'a,b', 'b,c' | ConvertFrom-Csv } }
        @{ Kind = 'objects of another module'; In = { [pscustomobject] @{ Source = [pscustomobject] @{ Label = 'a' }; Target = [pscustomobject] @{ Label = 'b' } }, [pscustomobject] @{ Source = @{ Id = 'b' }; Target = 'c' } } }
        @{ Kind = 'numbers and lists'; In = { @{ tail = 'a'; head = 'b', @() }, @{ tail = 'b'; head = , 'c' } } }
    ) {
        $graph = & $In | New-ParallelDag -Name mine
        $graph.Name | Should -Be mine
        $graph.Nodes.Id | Should -Be @('a', 'b', 'c')
        ($graph | Get-DagEdge | ForEach-Object { "$_" }) | Should -Be @('a -> b', 'b -> c')
        $graph | Test-DagAcyclic | Should -BeTrue
    }

    It 'takes names of properties and script blocks' {
        $steps = [pscustomobject] @{ Name = 'cake'; Needs = 'flour', 'eggs' }, [pscustomobject] @{ Name = 'eggs'; Needs = 'hen' }
        $graph = $steps | New-ParallelDag -EdgeFrom Name -EdgeTo { $_.Needs | ForEach-Object ToUpper }
        ($graph | Get-DagEdge | ForEach-Object { "$_" }) | Should -Be @('cake -> FLOUR', 'cake -> EGGS', 'eggs -> HEN')
        (New-ParallelDag -Node @{ Key = 7 }, 'x' -Edge @{ Source = 7; Target = 'x' }).Nodes.Id | Should -Be @('7', 'x')
        (New-ParallelDag -Node @{ Colour = 'red' } -NodeId Colour).Nodes.Id | Should -Be red
    }

    It 'takes what a graph file knows of a node' {
        $graph = New-ParallelDag -Node @{ Id = 'n'; Op = 'attention_all_reduce'; Phase = 'decode'; Stage = '2'; Layer = 3; Gpus = 0, 1, 2, 4; Bytes = 1e6; Collective = 'AllReduce'; Label = 'sum' }
        $node = $graph.Nodes[0]
        "$($node.Name) $($node.Kind) $($node.Phase) $($node.Stage) $($node.Layer) $($node.Gpus) $($node.Bytes) $($node.Collective)" | Should -Be 'sum Communication Decode 2 3 0-2,4 1000000 AllReduce'
    }

    It 'takes nodes that were JSON or CliXml' {
        $nodes = $dag.Nodes[38..45]
        $nodes | Export-Clixml ./nodes.clixml
        foreach ($copy in ($nodes | ConvertTo-Json | ConvertFrom-Json), (Import-Clixml ./nodes.clixml)) {
            $made = New-ParallelDag -Node $copy
            ($made.Nodes | Select-Object * -ExcludeProperty Index, Wave, Seconds, Bound | ConvertTo-Csv) | Should -Be ($nodes | Select-Object * -ExcludeProperty Index, Wave, Seconds, Bound | ConvertTo-Csv)
        }
    }

    It 'makes parts of a DAG, with all that is known' {
        $nodes = $dag | Get-DagNode -Layer 1 -Phase Prefill
        $part = $nodes | New-ParallelDag -Name layer1
        $part.Nodes.Id | Should -Be $nodes.Id
        $inside = @($dag | Get-DagEdge | Where-Object { $_.Source -in $nodes.Id -and $_.Target -in $nodes.Id })
        ($part | Get-DagEdge | ForEach-Object { "$_" } | Sort-Object) | Should -Be ($inside | ForEach-Object { "$_" } | Sort-Object)
        ($part.Nodes | Measure-Object WireBytes -Sum).Sum | Should -Be ($nodes | Measure-Object WireBytes -Sum).Sum
        $kv = $dag | Get-DagEdge -Kind kv | New-ParallelDag
        @($kv | Get-DagEdge).Count | Should -Be @($dag | Get-DagEdge -Kind kv).Count
        $part | ConvertTo-DagSvg | Should -Match '<svg'
    }

    It 'says which object is at fault: <Name>' -ForEach @(
        @{ Name = 'a word'; Id = 'ObjectFault'; In = { @{ Id = 'good' }, @{ Id = 'x'; Kind = 'comm' } }; Said = 'the node x: .kind. must be one of computation' }
        @{ Name = 'a number'; Id = 'ObjectFault'; In = { @{ Id = 'x'; Stage = 'first' } }; Said = 'the node x: .stage.' }
        @{ Name = 'an edge'; Id = 'ObjectFault'; In = { @{ From = 'a'; To = 'b' }, @{ From = 'a'; To = 'c'; Kind = 'x' } }; Said = 'the edge a -> c: .kind.' }
        @{ Name = 'an id twice'; Id = 'ObjectFault'; In = { @{ Id = 'x' }, @{ Id = 'x' } }; Said = 'earlier node' }
        @{ Name = 'no id'; Id = 'ObjectFault'; In = { [pscustomobject] @{ Colour = 'red' } }; Said = 'NodeId' }
        @{ Name = 'nothing'; Id = 'ArgumentFault'; In = { }; Said = 'nodes or edges' }
    ) {
        $fault = @(Get-Fault { & $In | New-ParallelDag })
        $fault.Count | Should -Be 1
        $fault[0].FullyQualifiedErrorId | Should -Be "$Id,ParallelDag.Commands.NewParallelDagCommand"
        "$($fault[0])" | Should -Match $Said
    }
}

Describe 'The first argument' {
    It 'of <_> names a file when nothing was piped' -ForEach 'Get-DagNode', 'Get-DagEdge', 'Get-DagPath', 'Get-DagDominator' {
        & $_ ./line.dot | ForEach-Object { "$_" } | Should -Be ('./line.dot' | & $_ | ForEach-Object { "$_" })
        (Get-Fault { & $_ ./nothing.dot }).FullyQualifiedErrorId | Should -Match '^InputMissing,'
        (Get-Fault { & $_ }).FullyQualifiedErrorId | Should -Match '^InputMissing,'
    }
}
