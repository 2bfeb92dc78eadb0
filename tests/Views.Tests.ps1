# What objects look like: tables that fit 80 columns, texts, sorting and grouping, JSON and CliXml.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
    $plan = New-DeploymentPlan ./examples/llm_parallel.yaml
    $dag = $plan | Get-ParallelDag
    $objects = @{
        'ParallelDag.DeploymentPlan' = @($plan)
        'ParallelDag.Dag'            = @($dag)
        'ParallelDag.DagPhase'       = @($dag.Phases)
        'ParallelDag.DagStage'       = @($dag.Phases.Stages)
        'ParallelDag.DagNode'        = @($dag | Get-DagNode)
        'ParallelDag.DagEdge'        = @($dag | Get-DagEdge)
        'ParallelDag.CheckResult'    = @($dag | Test-ParallelDag)
        'ParallelDag.DagMemory'      = @($dag.Memory)
        'ParallelDag.PhaseLayout'    = @($plan.Phases)
        'ParallelDag.DagTreeRow'     = @($dag | Show-ParallelDag)
        'ParallelDag.PhaseMeasure'   = @($plan | Measure-DeploymentPlan)
        'ParallelDag.DagPath'        = @($dag | Get-DagPath -Critical -Weight Flops -Count 2)
        'ParallelDag.DagComponent'   = @('digraph { a -> b -> a }' | ConvertFrom-DagDot | Get-DagComponent)
    }
}

AfterAll { Exit-Scratch $scratch }

Describe 'The default view of <_>' -ForEach 'ParallelDag.DeploymentPlan', 'ParallelDag.Dag', 'ParallelDag.DagPhase', 'ParallelDag.DagStage', 'ParallelDag.DagNode', 'ParallelDag.DagEdge', 'ParallelDag.CheckResult', 'ParallelDag.DagMemory', 'ParallelDag.PhaseLayout', 'ParallelDag.DagTreeRow', 'ParallelDag.PhaseMeasure', 'ParallelDag.DagPath', 'ParallelDag.DagComponent' {
    BeforeAll { $type = $_ }

    It 'is ours' {
        $objects[$type].Count | Should -BeGreaterThan 0
        $objects[$type] | Should -BeOfType $type
        Get-FormatData -TypeName $type | Should -Not -BeNullOrEmpty
        if ($type -ne 'ParallelDag.CheckResult') { ($objects[$type] | Get-Screen) -match '^-{3,}|^-+ +-+' | Should -Not -BeNullOrEmpty }
    }

    It 'fits 80 columns' {
        $objects[$type] | Get-Screen | ForEach-Object Length | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessOrEqual 80
    }

    It 'has no error in a cell' {
        $faults = $objects[$type] | Format-Table | Out-String -Width 80
        $faults | Should -Not -Match '#ERR'
        $Error.Clear()
        $null = $objects[$type] | Out-String -Width 80
        $Error.Count | Should -Be 0
    }

    It 'gives way to Format-List *, which shows every property' {
        $shown = $objects[$type][0] | Format-List * | Out-String -Width 200
        foreach ($property in $objects[$type][0].PSObject.Properties.Name) { $shown | Should -Match "(?m)^$property +:" }
    }

    It 'has a text that is no type name' {
        "$($objects[$type][0])" | Should -Not -Match '^ParallelDag\.'
    }
}

Describe 'Objects' {
    It 'sort, group and select' {
        ($dag | Get-DagNode | Sort-Object WireBytes -Descending | Select-Object -First 1).WireBytes | Should -BeGreaterThan 0
        ($dag | Get-DagNode | Group-Object Phase).Name | Should -Be @('Prefill', 'Decode')
        ($dag.Phases.Stages | Sort-Object { $_.Gpus } | Select-Object -First 1).Gpus.First | Should -Be 0
    }

    It 'index: lists answer to [0]' {
        $dag.Phases[0].Phase | Should -Be Prefill
        $dag.Phases[1].Stages[3].Index | Should -Be 4
        $plan.Prefill.Order[0] | Should -Be 'tp'
        (Test-ParallelDag $dag -Rule PD001)[0].Id | Should -Be PD001
        $dag.Nodes.Count | Should -Be 945
        $dag.Nodes[5].Id | Should -Be $dag.Node(5).Id
        $dag.Edges[3].Source | Should -BeOfType string
        $plan.Phases[0].Phase | Should -Be Prefill
        $dag.Node(0).GetOutputTensors().Tensors[0].Shape.Dimensions[0].Size | Should -BeGreaterThan 0
    }

    It 'compare: the same node twice is equal, and not sorted apart' {
        $dag.Node(3) -eq $dag.Node(3) | Should -BeTrue
        $dag.Node(3) -eq $dag.Node(4) | Should -BeFalse
        @($dag.Node(3), $dag.Node(1), $dag.Node(3) | Sort-Object -Unique).Count | Should -Be 2
    }

    It 'print GPUs as ranges wherever they stand' {
        $node = $dag.Nodes | Where-Object { "$($_.Gpus)" -eq '0,4,8,12' } | Select-Object -First 1
        "on GPUs $($node.Gpus)" | Should -Be 'on GPUs 0,4,8,12'
        ([ParallelDag.GpuSet] '3,0-2,8' | Out-String).Trim() | Should -Be '0-3,8'
        $node | Format-List Gpus | Out-String | Should -Match 'Gpus : 0,4,8,12'
        @($dag | Get-DagNode | Where-Object Gpus -eq '0,4,8,12').Count | Should -BeGreaterThan 1
        $node.Gpus.ToArray() | Should -Be @(0, 4, 8, 12)
    }

    It 'show what a filter matches' {
        $edge = $dag.Edges[0]
        @($dag | Get-DagEdge | Where-Object Source -eq $edge.Source).Count | Should -BeGreaterThan 0
        $edge.Source | Should -BeIn @($dag | Get-DagNode).Id
    }

    It 'show facts alone: no columns, no part twice' {
        $dag.PSObject.Properties.Name | Where-Object { $_ -in 'Header', 'Topology', 'Source' } | Should -BeNullOrEmpty
        $plan.PSObject.Properties.Name | Should -Not -Contain Spec
        ($dag | Test-ParallelDag -Rule PD001).PSObject.Properties.Name -match 'Indices|Positions' | Should -BeNullOrEmpty
        "$($plan.Cluster)" | Should -Be '64 x H100-SXM-80GB, 8 a node'
        "$($plan.Workload)" | Should -Be 'batch 4, prompt 10240, output 128'
        "$($plan.Model)" | Should -Be '16 x MHA 8/8 + MoE 16 top 2, hidden 512, vocabulary 32000, bf16'
        "$($dag.Memory[0])" | Should -Match '^prefill stage 1: 0\.\d\d of 72\.00 GiB$'
        $plan, $dag | ConvertTo-Csv | Should -Not -Match 'System\.|ParallelDag\.'
    }

    It 'have the right values in the table of plans' {
        $row = ($plan | Get-Screen) -match '^llm_parallel'
        $row -split ' +' | Select-Object -First 3 | Should -Be @('llm_parallel', '16', '64')
        ($plan | Out-String -Width 120) | Should -Match 'pp4 ep4 tp2 sp2 attentionOutput=allGather +pp4 ep4 tp2 attentionOutput=allGather'
    }

    It 'become JSON without a warning, nodes and edges at the default depth' {
        $json = $plan | ConvertTo-Json -Depth 8 -WarningVariable w
        $w | Should -BeNullOrEmpty
        $json.Length | Should -BeLessThan 64KB
        foreach ($object in $dag.Nodes[9], $dag.Edges[3], ($plan | Measure-DeploymentPlan)[0]) {
            $json = $object | ConvertTo-Json -WarningVariable w
            $w | Should -BeNullOrEmpty
            $json.Length | Should -BeLessThan 4KB
        }
        ($dag | ConvertTo-DagJson | ConvertFrom-Json).nodes.Count | Should -Be $dag.NodeCount
        ($dag | Test-ParallelDag | ConvertTo-Json -Depth 5 -WarningVariable w) | Should -Not -BeNullOrEmpty
        $w | Should -BeNullOrEmpty
    }

    It 'become CliXml of bounded size that keeps the facts' {
        $plan, $dag, ($dag | Get-DagNode | Select-Object -First 3) | Export-Clixml ./all.clixml
        (Get-Item ./all.clixml).Length | Should -BeLessThan 1MB
        $back = Import-Clixml ./all.clixml
        $back[1].NodeCount | Should -Be $dag.NodeCount
        $back[1].Name | Should -Be 'llm_parallel'
        $back[2][0].Id | Should -Be $dag.Node(0).Id
    }

    It 'come back from a job with their facts' {
        $back = Start-Job { param($manifest, $file) Import-Module $manifest; Get-ParallelDag $file } -ArgumentList $manifest, "$PWD/examples/llm_parallel.yaml" | Receive-Job -Wait -AutoRemoveJob
        $back.EdgeCount | Should -Be $dag.EdgeCount
    }
}

Describe 'Plans and DAGs that were serialized' {
    It 'come back from a file as they were' {
        $plan, $dag, ($plan | Get-ParallelDag -Detail Overview -Phase Decode) | Export-Clixml ./back.clixml
        $back = Import-Clixml ./back.clixml
        $back[0] | Get-ParallelDag | ConvertTo-DagDot | Should -Be ($dag | ConvertTo-DagDot)
        $back[1] | ConvertTo-DagDot | Should -Be ($dag | ConvertTo-DagDot)
        ($back[2] | Get-DagNode).Count | Should -Be @($plan | Get-ParallelDag -Detail Overview -Phase Decode | Get-DagNode).Count
        ($back[0] | New-DeploymentPlan -Prefill tp2).Workload | Should -Be $plan.Workload
        $back[0] | Measure-DeploymentPlan | ForEach-Object Phase | Should -Be @('Prefill', 'Decode')
    }

    It 'come back from a job' {
        $job = Start-Job { param($manifest, $file) Import-Module $manifest; New-DeploymentPlan $file; Get-ParallelDag $file } -ArgumentList $manifest, "$PWD/examples/llm_parallel.yaml"
        $back = $job | Receive-Job -Wait -AutoRemoveJob
        $back[1] | Test-ParallelDag -Quiet | Should -BeTrue
        ($back[0] | Get-ParallelDag).NodeCount | Should -Be $dag.NodeCount
    }

    It 'look like plans' {
        $plan | Export-Clixml ./look.clixml
        Import-Clixml ./look.clixml | Out-String -Width 120 | Should -Be ($plan | Out-String -Width 120)
    }

    It 'do not show the text that brings them back' { $plan.PSObject.Properties.Name | Should -Not -Contain PlanText }
}

Describe 'Streams' {
    It 'carry no colours of ours' {
        $null = $dag | Get-DagNode -Layer 1 > ./nodes.txt
        $null = $dag | Show-ParallelDag >> ./nodes.txt
        (Get-Content ./nodes.txt -Raw).Contains([char] 27) | Should -BeFalse
    }

    It 'carry objects and verbose records only' {
        $kinds = & { New-DeploymentPlan ./examples/llm_parallel.yaml -Verbose | Get-ParallelDag -Verbose | Test-DagAcyclic -Verbose } *>&1 | ForEach-Object { $_.GetType().Name } | Sort-Object -Unique
        $kinds | Should -Be @('Boolean', 'VerboseRecord')
    }

    It 'are the same under any culture' {
        $before = [cultureinfo]::CurrentCulture
        $plain = $plan | ConvertTo-DagDot
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            $plan | ConvertTo-DagDot | Should -BeExactly $plain
            [cultureinfo]::CurrentCulture = 'tr-TR'
            $plan | ConvertTo-DagDot | Should -BeExactly $plain
            @($dag | Get-DagNode -Op FFN_RESIDUAL -Layer 1).Count | Should -BeGreaterThan 0
            (New-DeploymentPlan -Model $plan.Model -Cluster '64 x H100-SXM-80GB' -Prefill 'PP4 EP4 TP2').Prefill.Pp | Should -Be 4
        }
        finally { [cultureinfo]::CurrentCulture = $before }
    }
}
